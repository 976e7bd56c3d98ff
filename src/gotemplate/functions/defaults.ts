import { anything, bool, define, type FunctionGroup } from '../signature.js';
import { isTrue } from '../values.js';

/** Defaults. Empty are nil, false, zero, and text, lists and dicts without anything in them. */
export const defaultFunctions: FunctionGroup = {
  default: define({
    meaning: 'default FALLBACK VALUE: the value, or the fallback if it is empty',
    takes: [anything],
    rest: anything,
    call: ([fallback, given = null]) => (isTrue(given) ? given : fallback),
  }),
  empty: define({ meaning: 'whether a value is empty', takes: [anything], call: ([value]) => !isTrue(value) }),
  coalesce: define({
    meaning: 'the first argument that is not empty',
    takes: [],
    rest: anything,
    call: (args) => args.find(isTrue) ?? null,
  }),
  ternary: define({
    meaning: 'ternary YES NO CONDITION',
    takes: [anything, anything, bool],
    call: ([yes, no, condition]) => (condition ? yes : no),
  }),
  all: define({
    meaning: 'whether no argument is empty',
    takes: [],
    rest: anything,
    call: (args) => args.every(isTrue),
  }),
  any: define({
    meaning: 'whether any argument is not empty',
    takes: [],
    rest: anything,
    call: (args) => args.some(isTrue),
  }),
};
