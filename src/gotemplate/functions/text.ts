import { Failure } from '../errors.js';
import { anything, define, type Environment, type FunctionGroup, integer, text } from '../signature.js';
import { Dict, type Value } from '../values.js';
import { toTexts } from './convert.js';

/** Text. What is piped comes last: `{{ "a-b" | replace "-" "_" }}`. Lengths and offsets are in bytes, as in Go. */
export const textFunctions: FunctionGroup = {
  upper: define({ meaning: 'in upper case', takes: [text], call: ([s]) => perCharacter(s, (c) => c.toUpperCase()) }),
  lower: define({ meaning: 'in lower case', takes: [text], call: ([s]) => perCharacter(s, (c) => c.toLowerCase()) }),
  title: define({ meaning: 'every word with a capital first', takes: [text], call: ([s]) => title(s) }),
  untitle: define({
    meaning: 'every word with a small letter first',
    takes: [text],
    call: ([s]) =>
      s.replace(/[^\s\x85]+/gu, (word) => perCharacter(word, (c, index) => (index === 0 ? c.toLowerCase() : c))),
  }),
  trim: define({ meaning: 'without space at the ends', takes: [text], call: ([s]) => trimBy(s, isSpace) }),
  trimAll: define({
    meaning: 'trimAll CHARACTERS TEXT: without any of these characters at the ends',
    takes: [text, text],
    call: ([set, s]) => trimSet(set, s),
  }),
  trimall: define({ meaning: 'the same as trimAll', takes: [text, text], call: ([set, s]) => trimSet(set, s) }),
  trimPrefix: define({
    meaning: 'trimPrefix PREFIX TEXT',
    takes: [text, text],
    call: ([prefix, s]) => (s.startsWith(prefix) ? s.slice(prefix.length) : s),
  }),
  trimSuffix: define({
    meaning: 'trimSuffix SUFFIX TEXT',
    takes: [text, text],
    call: ([suffix, s]) => (s.endsWith(suffix) ? s.slice(0, s.length - suffix.length) : s),
  }),
  nospace: define({
    meaning: 'without any space',
    takes: [text],
    call: ([s]) => [...s].filter((c) => !isSpace(c)).join(''),
  }),
  replace: define({ meaning: 'replace OLD NEW TEXT: every OLD replaced', takes: [text, text, text], call: replace }),
  contains: define({ meaning: 'contains PART TEXT', takes: [text, text], call: ([part, s]) => s.includes(part) }),
  hasPrefix: define({
    meaning: 'hasPrefix PREFIX TEXT',
    takes: [text, text],
    call: ([prefix, s]) => s.startsWith(prefix),
  }),
  hasSuffix: define({
    meaning: 'hasSuffix SUFFIX TEXT',
    takes: [text, text],
    call: ([suffix, s]) => s.endsWith(suffix),
  }),
  repeat: define({
    meaning: 'repeat COUNT TEXT',
    takes: [integer, text],
    call: ([count, s], use) => repeat(s, count, use),
  }),
  substr: define({
    meaning: 'substr START END TEXT: the bytes from START to before END',
    takes: [integer, integer, text],
    call: substr,
  }),
  trunc: define({
    meaning: 'trunc LENGTH TEXT: at most so many bytes, the last ones if negative',
    takes: [integer, text],
    call: trunc,
  }),
  abbrev: define({
    meaning: 'abbrev LENGTH TEXT: at most so many bytes, with ... if cut',
    takes: [integer, text],
    call: ([length, s]) =>
      length < 4n || BigInt(Buffer.byteLength(s)) <= length ? s : `${bytes(s, 0n, length - 3n)}...`,
  }),
  indent: define({ meaning: 'indent SPACES TEXT: every line indented', takes: [integer, text], call: indent }),
  nindent: define({
    meaning: 'nindent SPACES TEXT: a line break, then as indent',
    takes: [integer, text],
    call: (args, use) => `\n${indent(args, use)}`,
  }),
  plural: define({
    meaning: 'plural ONE MANY COUNT',
    takes: [text, text, integer],
    call: ([one, many, count]) => (count === 1n ? one : many),
  }),
  split: define({
    meaning: 'split SEPARATOR TEXT: a dict with the keys _0, _1 and so on',
    takes: [text, text],
    call: ([separator, s]) => numbered(splitText(s, separator)),
  }),
  splitn: define({
    meaning: 'splitn SEPARATOR COUNT TEXT: as split, at most COUNT parts',
    takes: [text, integer, text],
    call: splitn,
  }),
  splitList: define({
    meaning: 'splitList SEPARATOR TEXT: a list',
    takes: [text, text],
    call: ([separator, s]) => splitText(s, separator),
  }),
  join: define({
    meaning: 'join SEPARATOR LIST',
    takes: [text, anything],
    call: ([separator, value], { budget }) => {
      const parts = toTexts(value, budget);
      budget.spend(parts.reduce((size, part) => size + part.length + separator.length, 0));
      return parts.join(separator);
    },
  }),
  fail: define({
    meaning: 'fails the request with this message',
    takes: [text],
    call: ([message]) => {
      throw new Failure(message);
    },
  }),
};

function isSpace(character: string): boolean {
  return /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/.test(character);
}

/** Maps characters one by one, as Go does: what would become two characters stays. */
function perCharacter(s: string, map: (character: string, index: number) => string): string {
  return [...s]
    .map((c, index) => {
      const mapped = map(c, index);
      return [...mapped].length === 1 ? mapped : c;
    })
    .join('');
}

function title(s: string): string {
  let before = ' ';
  return perCharacter(s, (c) => {
    const starts = before > '\x7f' ? isSpace(before) : !/\w/.test(before);
    before = c;
    return starts ? c.toUpperCase() : c;
  });
}

function trimSet(set: string, s: string): string {
  const characters = new Set(set);
  return trimBy(s, (c) => characters.has(c));
}

function trimBy(s: string, drop: (character: string) => boolean): string {
  const characters = [...s];
  const start = characters.findIndex((c) => !drop(c));
  const end = characters.findLastIndex((c) => !drop(c));
  return start < 0 ? '' : characters.slice(start, end + 1).join('');
}

function replace(
  [old, replacement, s]: readonly [string, string, string, ...never[]],
  { budget }: Environment,
): string {
  const parts = splitText(s, old);
  budget.spend(s.length + parts.length * replacement.length);
  // Between characters and at both ends, where there is nothing to look for.
  if (old === '') return replacement + parts.map((part) => part + replacement).join('');
  return parts.join(replacement);
}

function repeat(s: string, count: bigint, { budget }: Environment): string {
  if (count < 0n) throw new Failure('the count is negative');
  budget.spend(Number(count) * s.length);
  return s === '' ? '' : s.repeat(Number(count));
}

function substr([start, end, s]: readonly [bigint, bigint, string, ...never[]]): string {
  const length = BigInt(Buffer.byteLength(s));
  const from = start < 0n ? 0n : start;
  const to = start >= 0n && (end < 0n || end > length) ? length : end;
  if (from > to || to > length) throw new Failure(`${start} to ${end} is not within ${length} bytes`);
  return bytes(s, from, to);
}

function trunc([length, s]: readonly [bigint, string, ...never[]]): string {
  const size = BigInt(Buffer.byteLength(s));
  if (length >= 0n) return size > length ? bytes(s, 0n, length) : s;
  return size + length > 0n ? bytes(s, size + length, size) : s;
}

/** Bytes of text; half a character becomes U+FFFD. */
function bytes(s: string, start: bigint, end: bigint): string {
  return Buffer.from(s).subarray(Number(start), Number(end)).toString();
}

function indent([spaces, s]: readonly [bigint, string, ...never[]], { budget }: Environment): string {
  if (spaces < 0n) throw new Failure('the indent is negative');
  const lines = s.split('\n');
  budget.spend(lines.length * Number(spaces));
  const margin = ' '.repeat(Number(spaces));
  return margin + lines.join(`\n${margin}`);
}

function splitText(s: string, separator: string): string[] {
  return separator === '' ? [...s] : s.split(separator);
}

function splitn([separator, count, s]: readonly [string, bigint, string, ...never[]]): Value {
  const parts = splitText(s, separator);
  if (count < 0n || BigInt(parts.length) <= count) return numbered(parts);
  if (count === 0n) return numbered([]);
  const kept = Number(count) - 1;
  return numbered([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function numbered(parts: readonly string[]): Dict {
  return new Dict(
    parts.map((part, index) => [`_${index}`, part]),
    '',
  );
}
