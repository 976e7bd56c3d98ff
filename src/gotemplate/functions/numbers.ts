import { Failure } from '../errors.js';
import { anything, define, type FunctionGroup, integer, text } from '../signature.js';
import type { Value } from '../values.js';
import { toFloat, toInteger } from './convert.js';

/** Numbers. Arithmetic is with integers of 64 bits, whatever goes in; text that is no number counts as 0. */
export const numberFunctions: FunctionGroup = {
  int: define({ meaning: 'an integer; 0 for what is none', takes: [anything], call: ([value]) => toInteger(value) }),
  int64: define({ meaning: 'the same as int', takes: [anything], call: ([value]) => toInteger(value) }),
  float64: define({ meaning: 'a float; 0 for what is none', takes: [anything], call: ([value]) => toFloat(value) }),
  atoi: define({ meaning: 'the integer of decimal text; 0 for what is none', takes: [text], call: ([s]) => atoi(s) }),
  add: define({
    meaning: 'the sum',
    takes: [],
    rest: anything,
    call: (args) => args.reduce<bigint>((sum, arg) => wrap(sum + toInteger(arg)), 0n),
  }),
  add1: define({ meaning: 'one more', takes: [anything], call: ([value]) => wrap(toInteger(value) + 1n) }),
  sub: define({ meaning: 'a - b', takes: [anything, anything], call: ([a, b]) => wrap(toInteger(a) - toInteger(b)) }),
  mul: define({
    meaning: 'the product',
    takes: [anything],
    rest: anything,
    call: (args) => args.reduce<bigint>((product, arg) => wrap(product * toInteger(arg)), 1n),
  }),
  div: define({
    meaning: 'a / b, without the fraction',
    takes: [anything, anything],
    call: ([a, b]) => wrap(toInteger(a) / divisor(b)),
  }),
  mod: define({
    meaning: 'the rest of a / b',
    takes: [anything, anything],
    call: ([a, b]) => toInteger(a) % divisor(b),
  }),
  max: define({
    meaning: 'the largest, as an integer',
    takes: [anything],
    rest: anything,
    call: (args) => extreme(args, (a, b) => a > b),
  }),
  biggest: define({
    meaning: 'the same as max',
    takes: [anything],
    rest: anything,
    call: (args) => extreme(args, (a, b) => a > b),
  }),
  min: define({
    meaning: 'the smallest, as an integer',
    takes: [anything],
    rest: anything,
    call: (args) => extreme(args, (a, b) => a < b),
  }),
  floor: define({ meaning: 'rounded down, a float', takes: [anything], call: ([value]) => Math.floor(toFloat(value)) }),
  ceil: define({ meaning: 'rounded up, a float', takes: [anything], call: ([value]) => Math.ceil(toFloat(value)) }),
  round: define({
    meaning: 'round NUMBER PLACES: a float',
    takes: [anything, integer],
    call: ([value, places]) => {
      const power = 10 ** Number(places);
      const scaled = toFloat(value) * power;
      return (scaled % 1 >= 0.5 ? Math.ceil(scaled) : Math.floor(scaled)) / power;
    },
  }),
};

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function divisor(value: Value): bigint {
  const integer = toInteger(value);
  if (integer === 0n) throw new Failure('division by zero');
  return integer;
}

function extreme(values: readonly Value[], better: (a: bigint, b: bigint) => boolean): bigint {
  return values.map(toInteger).reduce((best, value) => (better(value, best) ? value : best));
}

function atoi(s: string): bigint {
  if (!/^[+-]?\d{1,30}$/.test(s)) return 0n;
  const value = BigInt(s.replace('+', ''));
  if (BigInt.asIntN(64, value) === value) return value;
  return value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n;
}
