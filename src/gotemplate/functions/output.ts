import { quoteGo } from '../../golang/quote.js';
import { display, displayAll } from '../format.js';
import { checkFormat, sprintf } from '../printf.js';
import { escapeHtml, escapeJs, escapePathSegment, escapeQuery } from '../quote.js';
import { anything, define, type Environment, type FunctionGroup, text } from '../signature.js';
import type { Value } from '../values.js';
import { toText } from './convert.js';

/** Printing and escaping. */
export const outputFunctions: FunctionGroup = {
  print: define({
    meaning: 'the arguments as text, a space between two that are not text',
    takes: [],
    rest: anything,
    call: (args, { budget }) => displayAll(args, budget),
  }),
  println: define({
    meaning: 'the arguments as text, spaces between them, and a line break',
    takes: [],
    rest: anything,
    call: (args, { budget }) => `${args.map((arg) => display(arg, budget)).join(' ')}\n`,
  }),
  printf: define({
    meaning: 'the arguments in a format: %s %d %v %q %f %e %g %x %o %b %c %t %%, with flags, width and precision',
    takes: [text],
    rest: anything,
    check: ([format, ...args]) => (typeof format === 'string' ? checkFormat(format, args.length) : undefined),
    call: ([format, ...args], { budget }) => sprintf(format, args, budget),
  }),
  html: define({
    meaning: 'text for HTML',
    takes: [],
    rest: anything,
    call: (args, use) => escapeHtml(joined(args, use)),
  }),
  js: define({
    meaning: 'text for inside a JavaScript string',
    takes: [],
    rest: anything,
    call: (args, use) => escapeJs(joined(args, use)),
  }),
  urlquery: define({
    meaning: "text for a URL's query",
    takes: [],
    rest: anything,
    call: (args, use) => escapeQuery(joined(args, use)),
  }),
  urlpath: define({
    meaning: "text for one segment of a URL's path, slashes escaped; json_exporter has no such function",
    takes: [],
    rest: anything,
    call: (args, use) => escapePathSegment(joined(args, use)),
  }),
  quote: define({
    meaning: 'each argument in double quotes, escaped as in Go; nil is left out',
    takes: [],
    rest: anything,
    call: (args, { budget }) =>
      present(args)
        .map((arg) => quoteGo(toText(arg, budget)))
        .join(' '),
  }),
  squote: define({
    meaning: 'each argument in single quotes, not escaped; nil is left out',
    takes: [],
    rest: anything,
    call: (args, { budget }) =>
      present(args)
        .map((arg) => `'${toText(arg, budget)}'`)
        .join(' '),
  }),
  cat: define({
    meaning: 'the arguments with spaces between them; nil is left out',
    takes: [],
    rest: anything,
    call: (args, { budget }) =>
      present(args)
        .map((arg) => toText(arg, budget))
        .join(' '),
  }),
  toString: define({
    meaning: 'a value as text',
    takes: [anything],
    call: ([value], { budget }) => toText(value, budget),
  }),
};

function joined(args: readonly Value[], { budget }: Environment): string {
  return displayAll(
    args.map((arg) => arg ?? '<no value>'),
    budget,
  );
}

function present(args: readonly Value[]): Value[] {
  return args.filter((arg) => arg !== null);
}
