import { Failure } from '../errors.js';
import { anything, define, type Environment, type FunctionGroup, integer, list } from '../signature.js';
import { compareText, Dict, deepEqual, isList, isTrue, kindName, type List, nilList, type Value } from '../values.js';
import { toInteger, toTexts } from './convert.js';

/** Lists. None of these changes the list that it gets. */
export const listFunctions: FunctionGroup = {
  list: define({ meaning: 'a list of the arguments', takes: [], rest: anything, call: (args) => args }),
  tuple: define({ meaning: 'the same as list', takes: [], rest: anything, call: (args) => args }),
  first: define({
    meaning: 'the first element, nil if there is none',
    takes: [list],
    call: ([items]) => items[0] ?? null,
  }),
  last: define({
    meaning: 'the last element, nil if there is none',
    takes: [list],
    call: ([items]) => items.at(-1) ?? null,
  }),
  rest: define({
    meaning: 'all but the first',
    takes: [list],
    call: ([items]) => (items.length === 0 ? nilList : items.slice(1)),
  }),
  initial: define({
    meaning: 'all but the last',
    takes: [list],
    call: ([items]) => (items.length === 0 ? nilList : items.slice(0, -1)),
  }),
  append: define({ meaning: 'append LIST ITEM', takes: [list, anything], call: ([items, item]) => [...items, item] }),
  push: define({ meaning: 'the same as append', takes: [list, anything], call: ([items, item]) => [...items, item] }),
  prepend: define({ meaning: 'prepend LIST ITEM', takes: [list, anything], call: ([items, item]) => [item, ...items] }),
  concat: define({
    meaning: 'lists as one',
    takes: [],
    rest: list,
    call: (lists) => (lists.some((each) => each.length > 0) ? lists.flat() : nilList),
  }),
  reverse: define({ meaning: 'backwards', takes: [list], call: ([items]) => items.toReversed() }),
  uniq: define({ meaning: 'each value once', takes: [list], call: ([items], use) => uniq(items, use) }),
  without: define({
    meaning: 'without LIST ITEM...',
    takes: [list],
    rest: anything,
    call: ([items, ...dropped], use) => items.filter((item) => !includes(dropped, item, use)),
  }),
  has: define({
    meaning: 'has ITEM LIST',
    takes: [anything, anything],
    call: ([item, items], use) => has(item, items, use),
  }),
  compact: define({ meaning: 'without what is empty', takes: [list], call: ([items]) => items.filter(isTrue) }),
  slice: define({
    meaning: 'slice LIST START END: from START to before END',
    takes: [list],
    rest: anything,
    call: ([items, start = 0n, end = BigInt(items.length)]) =>
      items.length === 0 ? null : slice(items, toInteger(start), toInteger(end)),
  }),
  sortAlpha: define({
    meaning: 'sorted as text',
    takes: [anything],
    call: ([items], { budget }) => (items === null ? ['<nil>'] : toTexts(items, budget).sort(compareText)),
  }),
  toStrings: define({
    meaning: 'a list of text',
    takes: [anything],
    call: ([items], { budget }) => toTexts(items, budget),
  }),
  index: define({
    meaning: 'index VALUE KEY...: an element of a list, a value of a dict, a byte of text',
    takes: [anything],
    rest: anything,
    call: ([item, ...keys]) => {
      if (item === null) throw new Failure('nil has no elements');
      return keys.reduce<Value>(element, item);
    },
  }),
  len: define({
    meaning: 'elements of a list or dict, bytes of text',
    takes: [anything],
    call: ([value]) => length(value),
  }),
  until: define({
    meaning: 'a list of the integers from 0 to before COUNT',
    takes: [integer],
    call: ([count], use) => steps({ start: 0n, stop: count, step: count < 0n ? -1n : 1n }, use),
  }),
  untilStep: define({
    meaning: 'untilStep START STOP STEP',
    takes: [integer, integer, integer],
    call: ([start, stop, step], use) => steps({ start, stop, step }, use),
  }),
};

function includes(items: List, wanted: Value, { budget }: Environment): boolean {
  return items.some((item) => deepEqual(item, wanted, budget));
}

function uniq(items: List, use: Environment): List {
  const kept: Value[] = [];
  for (const item of items) {
    if (!includes(kept, item, use)) kept.push(item);
  }
  return kept;
}

function has(item: Value, items: Value, use: Environment): boolean {
  if (items === null) return false;
  if (!isList(items)) throw new Failure(`${kindName(items)} is no list`);
  return includes(items, item, use);
}

function slice(items: List, start: bigint, end: bigint): List {
  if (start < 0n || start > end || end > BigInt(items.length)) {
    throw new Failure(`${start} to ${end} is not within a list of ${items.length}`);
  }
  return items.slice(Number(start), Number(end));
}

function element(item: Value, key: Value): Value {
  if (item instanceof Dict) {
    if (typeof key === 'string') return item.get(key);
    throw new Failure(`a key must be text, not ${kindName(key)}`);
  }
  const items = typeof item === 'string' ? Buffer.from(item) : item;
  if (!(items instanceof Uint8Array) && (items === null || !isList(items)))
    throw new Failure(`${kindName(item)} has no elements`);
  if (typeof key !== 'bigint') throw new Failure(`an index must be an integer, not ${kindName(key)}`);
  if (key < 0n || key >= BigInt(items.length)) {
    throw new Failure(`there is no element ${key}, there are ${items.length}`, 'the first one has index 0');
  }
  const found = items[Number(key)] ?? null;
  return typeof item === 'string' && typeof found === 'number' ? BigInt(found) : found;
}

function length(value: Value): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (value instanceof Dict) return BigInt(value.entries.size);
  if (value !== null && isList(value)) return BigInt(value.length);
  throw new Failure(`${kindName(value)} has no length`);
}

function steps({ start, stop, step }: { start: bigint; stop: bigint; step: bigint }, { budget }: Environment): List {
  const items: bigint[] = [];
  if (step === 0n || step > 0n === stop < start) return items;
  for (let item = start; step > 0n ? item < stop : item > stop; item += step) {
    budget.spend(1);
    items.push(item);
  }
  return items;
}
