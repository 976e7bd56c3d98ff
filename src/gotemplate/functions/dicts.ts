import { Failure } from '../errors.js';
import { anything, define, dict, type FunctionGroup, type Parameter, text } from '../signature.js';
import { Dict, Parameters, type Value } from '../values.js';
import { toText } from './convert.js';

const ownDict: Parameter<Dict> = {
  name: 'dict',
  accepts: (value): value is Dict => value instanceof Dict && !(value instanceof Parameters),
};

/** Dicts, maps from text to anything. The query parameters are one too, but cannot be changed. */
export const dictFunctions: FunctionGroup = {
  dict: define({
    meaning: 'dict KEY VALUE...',
    takes: [],
    rest: anything,
    call: (args, { budget }) => {
      const created = new Dict([]);
      for (let at = 0; at < args.length; at += 2) {
        created.entries.set(toText(args[at] ?? null, budget), at + 1 < args.length ? (args[at + 1] ?? null) : '');
      }
      return created;
    },
  }),
  get: define({
    meaning: 'get DICT KEY: empty text if there is no such key',
    takes: [dict, text],
    call: ([from, key]) => (from.entries.has(key) ? from.get(key) : ''),
  }),
  set: define({
    meaning: 'set DICT KEY VALUE: changes the dict, and gives it',
    takes: [ownDict, text, anything],
    call: ([into, key, value]) => {
      into.entries.set(key, value);
      return into;
    },
  }),
  unset: define({
    meaning: 'unset DICT KEY: changes the dict, and gives it',
    takes: [ownDict, text],
    call: ([from, key]) => {
      from.entries.delete(key);
      return from;
    },
  }),
  hasKey: define({ meaning: 'hasKey DICT KEY', takes: [dict, text], call: ([from, key]) => from.entries.has(key) }),
  keys: define({
    meaning: 'the keys of dicts, sorted',
    takes: [],
    rest: dict,
    call: (dicts) => dicts.flatMap((each) => each.sortedKeys()),
  }),
  values: define({
    meaning: 'the values, in the order of their keys',
    takes: [dict],
    call: ([from]) => from.sortedKeys().map((key) => from.get(key)),
  }),
  pick: define({
    meaning: 'pick DICT KEY...: a dict of these keys',
    takes: [dict],
    rest: text,
    call: ([from, ...keys]) => new Dict([...from.entries].filter(([key]) => keys.includes(key))),
  }),
  omit: define({
    meaning: 'omit DICT KEY...: a dict without these keys',
    takes: [dict],
    rest: text,
    call: ([from, ...keys]) => new Dict([...from.entries].filter(([key]) => !keys.includes(key))),
  }),
  pluck: define({
    meaning: 'pluck KEY DICT...: the values of one key',
    takes: [text],
    rest: dict,
    call: ([key, ...dicts]) => dicts.filter((each) => each.entries.has(key)).map((each) => each.get(key)),
  }),
  dig: define({
    meaning: 'dig KEY... DEFAULT DICT: a value of nested dicts',
    takes: [anything, anything, anything],
    rest: anything,
    call: (args) => dig(args.slice(0, -2), { fallback: args.at(-2) ?? null, from: args.at(-1) ?? null }),
  }),
};

function dig(keys: readonly Value[], { fallback, from }: { fallback: Value; from: Value }): Value {
  let value = from;
  for (const key of keys) {
    if (typeof key !== 'string' || !(value instanceof Dict))
      throw new Failure('keys must be text, and what they look into a dict');
    if (!value.entries.has(key)) return fallback;
    value = value.get(key);
  }
  return value;
}
