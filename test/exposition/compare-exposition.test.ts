import { describe, expect, test } from 'vitest';
import { compareExposition, readExpected } from '../../src/exposition/compare-exposition.js';

/** The lines of the difference, each behind its sign. */
function compare(expected: string, found: string, isSubset = false): readonly string[] {
  const read = readExpected(expected);
  if ('invalidLine' in read) throw new Error(`line ${read.invalidLine}`);
  return compareExposition(read, { found, isSubset }).map(({ sign, text }) => `${sign} ${text}`);
}

describe('what does not matter', () => {
  test.each([
    ['the order of samples', 'b 1\na 2', 'a 2\nb 1\n'],
    ['the order of labels, and blanks', 'a{ y="2" , x="1", }   3', 'a{x="1",y="2"} 3\n'],
    ['how a number is written', 'a 1e3\nb +Inf\nc nan\nd 0', 'a 1000\nb Inf\nc NaN\nd -0\n'],
    ['HELP, TYPE and comments that are not expected', '# a comment\na 1', '# HELP a A.\n# TYPE a gauge\na 1\n# EOF\n'],
    ['blanks in metadata', '#  TYPE   a   gauge\na 1', '# TYPE a gauge\na 1\n'],
    ['where a name in quotes is', '{"a.b",x="1"} 2', '{"a.b",x="1"} 2\n'],
    ['escapes', 'a{x="\\"}\\\\ #"} 1', 'a{x="\\"}\\\\ #"} 1\n'],
    ['exemplars that are the same', 'a_total 1 # { t="x" } 1.0 2', 'a_total 1 # { t="x" } 1 2\n'],
  ])('%s', (_, expected, found) => {
    expect(compare(expected, found)).toEqual([]);
  });
});

describe('what differs', () => {
  test.each([
    ['a value, below its series', 'a{x="1"} 1\nb 2', 'a{x="1"} 3\nb 2\n', ['- a{x="1"} 1', '+ a{x="1"} 3']],
    ['a series that is missing, and one that is there', 'a 1', 'b 1\n', ['- a 1', '+ b 1']],
    ['a label', 'a{x="1"} 1', 'a{x="2"} 1\n', ['- a{x="1"} 1', '+ a{x="2"} 1']],
    [
      'a label that looks like two',
      'a{x="1\\",y=\\"2"} 1',
      'a{x="1",y="2"} 1\n',
      ['- a{x="1\\",y=\\"2"} 1', '+ a{x="1",y="2"} 1'],
    ],
    ['a timestamp', 'a 1', 'a 1 1000\n', ['- a 1', '+ a 1 1000']],
    ['a series that is there once and was expected twice', 'a 1\na 1', 'a 1\n', ['- a 1']],
    ['metadata', '# TYPE a counter\na 1', '# TYPE a gauge\na 1\n', ['- # TYPE a counter', '+ # TYPE a gauge']],
    ['metadata that is missing', '# UNIT a seconds\na 1', 'a 1\n', ['- # UNIT a seconds']],
    ['anything, where nothing was expected', '', 'a 1\n', ['+ a 1']],
  ])('%s', (_, expected, found, difference) => {
    expect(compare(expected, found)).toEqual(difference);
  });

  test('a subset leaves out what it does not name, and nothing else', () => {
    expect(compare('a 1', 'a 1\nb 2\n', true)).toEqual([]);
    expect(compare('a 1', 'a 2\nb 2\n', true)).toEqual(['- a 1', '+ a 2']);
  });
});

test.each(['a', 'a{x="1" 1', 'a{x=1} 1', '{x="1"} 1', 'a one', '1 a', 'a{x="1"}'])('%j is no sample', (line) => {
  expect(readExpected(`b 1\n\n${line}\n`)).toEqual({ invalidLine: 3 });
});

test('long lines of quotes and braces take time in proportion to their length', () => {
  for (const part of ['"\\"', '{', 'a{x="', '{"a"', ' ', '\\']) {
    expect(readExpected(`a ${part.repeat(100_000)}`)).toBeDefined();
    expect(readExpected(`a{${part.repeat(100_000)}`)).toEqual({ invalidLine: 1 });
  }
});
