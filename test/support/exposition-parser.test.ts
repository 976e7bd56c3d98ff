import { describe, expect, test } from 'vitest';
import { ExpositionError, type ParsedFormat, parseExposition } from './exposition-parser.js';

/** Lines of one exposition, the last one with its newline. */
function lines(...each: readonly string[]): string {
  return `${each.join('\n')}\n`;
}

function findBrokenRule(input: string | Uint8Array, format: ParsedFormat): string {
  try {
    parseExposition(input, format);
  } catch (thrown) {
    if (thrown instanceof ExpositionError) return thrown.message;
    throw thrown;
  }
  return 'none';
}

describe('text 0.0.4', () => {
  test('a family has its name, type, unescaped help and samples', () => {
    const [family, ...others] = parseExposition(
      lines(
        '# HELP a_total all of \\\\ "them"\\nhere',
        '# TYPE a_total counter',
        'a_total{x="1",y="\\"\\\\\\n"} 2',
        'a_total 1e3 -5',
      ),
      'text',
    );
    expect(others).toEqual([]);
    expect(family).toEqual({
      name: 'a_total',
      type: 'counter',
      help: 'all of \\ "them"\nhere',
      samples: [
        {
          name: 'a_total',
          labels: new Map([
            ['x', '1'],
            ['y', '"\\\n'],
          ]),
          value: 2,
        },
        { name: 'a_total', labels: new Map(), value: 1000, timestamp: -5 },
      ],
    });
  });

  test('histograms and summaries hold the samples of their suffixes', () => {
    const text = lines(
      '# TYPE h histogram',
      'h_bucket{le="1"} 1',
      'h_bucket{le="+Inf"} 2',
      'h_sum 3',
      'h_count 2',
      '# TYPE s summary',
      's{quantile="0.5"} 1',
      's_sum 3',
      's_count 2',
    );
    const names = parseExposition(text, 'text').map(({ name, samples }) => [name, samples.map((each) => each.name)]);
    expect(names).toEqual([
      ['h', ['h_bucket', 'h_bucket', 'h_sum', 'h_count']],
      ['s', ['s', 's_sum', 's_count']],
    ]);
  });

  test.each(['', '\n', '# a comment\n', 'a 1\n', '# HELP a\na 1\n', 'a{} 1\n', 'a{le="x"} NaN\n', 'a{b="\r\t\0"} 1\n'])(
    '%j is well-formed',
    (text) => {
      expect(findBrokenRule(text, 'text')).toBe('none');
    },
  );

  test.each([
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['NaN', Number.NaN],
    ['-0', -0],
    ['5e-324', 5e-324],
    ['.5', 0.5],
    ['5.', 5],
    ['+1E+2', 100],
  ])('%s is a number', (text, value) => {
    expect(parseExposition(`a ${text}\n`, 'text')[0]?.samples[0]?.value).toBe(value);
  });

  test.each<[rule: string, text: string]>([
    ['line 1: the last line has no newline', 'a 1'],
    ['line 2: a second HELP', lines('# HELP a x', '# HELP a y')],
    ['line 2: a second TYPE', lines('# TYPE a gauge', '# TYPE a gauge')],
    ['line 1: an unknown TYPE', lines('# TYPE a unknown')],
    ['line 1: an unknown TYPE', lines('# TYPE a')],
    ['line 2: TYPE behind samples of its family', lines('a 1', '# TYPE a gauge')],
    ['line 2: HELP behind samples of its family', lines('a 1', '# HELP a x')],
    ['line 3: the family a is interleaved with, or clashes with, a', lines('a 1', 'b 1', 'a{x="1"} 1')],
    ['line 3: the family a is interleaved with, or clashes with, a', lines('a 1', 'b 1', '# HELP a x')],
    ['line 4: the family h_sum is interleaved with, or clashes with, h', lines(...histogram('h'), 'a 1', 'h_sum 1')],
    ['line 4: the names of h clash with those of h_sum', lines('h_sum 1', ...histogram('h'))],
    ['line 1: TYPE of an invalid name', lines('# TYPE a-b gauge')],
    ['line 1: HELP of an invalid name', lines('# HELP 1a x')],
    ['line 1: an unknown escape', lines('# HELP a \\"')],
    ['line 1: an unknown escape', lines('# HELP a \\')],
    ['line 1: an invalid metric name', lines('a-b 1')],
    ['line 1: an invalid metric name', lines('{a="1"} 1')],
    ['line 1: an invalid label name', lines('a{b:c="1"} 1')],
    ['line 1: __name__ is no label', lines('a{__name__="1"} 1')],
    ['line 1: a label name twice', lines('a{b="1",b="2"} 1')],
    ['line 1: an unknown escape', lines('a{b="\\t"} 1')],
    ['line 1: a label value without an end', lines('a{b="1} 1')],
    ["line 1: ',' is missing", lines('a{b="1"c="1"} 1')],
    ['line 1: the line ends where = is missing', lines('a{b="1",} 1')],
    ["line 1: ' ' is missing", lines('a{b="1"}1')],
    ['line 1: the line ends where [{ ] is missing', lines('a')],
    ['line 1: the value is not a number', lines('a ')],
    ['line 1: the value is not a number', lines('a  1')],
    ['line 1: the value is not a number', lines('a 0x10')],
    ['line 1: the value is not a number', lines('a Nan')],
    ['line 1: the value is not a number', lines('a Infinity')],
    ['line 1: the value is beyond a 64-bit float', lines('a 1e999')],
    ['line 1: an invalid timestamp', lines('a 1 1.5')],
    ['line 1: something behind the timestamp', lines('a 1 1 1')],
    ['line 2: the same series twice', lines('a{b="1",c=""} 1', 'a{b="1"} 2')],
    ['line 3: the same series twice', lines('# TYPE a gauge', 'a{b="1",c="2"} 1', 'a{c="2",b="1"} 1')],
    ['line 4: h has no +Inf bucket', lines('# TYPE h histogram', 'h_bucket{le="1"} 1', 'h_sum 1')],
    ['line 3: h has no +Inf bucket', lines('# TYPE h histogram', 'h_sum 1')],
    ['line 2: there is no le', lines('# TYPE h histogram', 'h_bucket 1')],
    ['line 2: the le is not a number', lines('# TYPE h histogram', 'h_bucket{le="1e999"} 1')],
    ['line 4: the les of h do not ascend', lines(...histogram('h', '+Inf', '1'))],
    ['line 4: the les of h do not ascend', lines(...histogram('h', '1', '1.0'))],
    ['line 4: the les of h do not ascend', lines(...histogram('h', '1', '-Inf'))],
    ['line 2: there is no quantile', lines('# TYPE s summary', 's 1')],
  ])('%s: %j', (rule, text) => {
    expect(findBrokenRule(text, 'text')).toBe(rule);
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(findBrokenRule(Buffer.from('a{b="\xff"} 1\n', 'latin1'), 'text')).toBe('line 1: the bytes are not UTF-8');
  });

  test('a byte order mark is not skipped', () => {
    expect(findBrokenRule(Buffer.from('\uFEFFa 1\n'), 'text')).toBe('line 1: an invalid metric name');
  });
});

describe('OpenMetrics 1.0', () => {
  test('a counter goes by the name without _total', () => {
    const text = lines('# HELP a \\"x\\"', '# TYPE a counter', 'a_total 1 1.5', 'a_created 1', '# EOF');
    const [family] = parseExposition(text, 'openmetrics');
    expect([family?.name, family?.type, family?.help]).toEqual(['a', 'counter', '"x"']);
    expect(family?.samples.map(({ name, timestamp }) => [name, timestamp])).toEqual([
      ['a_total', 1.5],
      ['a_created', undefined],
    ]);
  });

  test.each(['0.0', '0.001', '1.7', '-1.0', '100000.0', '123456.75', '1e+06', '1.5e+06', '1e-05', '1e-10', '1e+100'])(
    'le %s is canonical',
    (bound) => {
      expect(findBrokenRule(lines(...histogram('h', bound, '+Inf'), '# EOF'), 'openmetrics')).toBe('none');
    },
  );

  test.each([
    '0',
    '1',
    '.5',
    '1.',
    '1.50',
    '01.0',
    '+1.0',
    '1e6',
    '1E+06',
    '1e+006',
    '1000000.0',
    '0.00001',
    '1.0e+06',
  ])('le %s is not canonical', (bound) => {
    const text = lines(...histogram('h', bound, '+Inf'), '# EOF');
    expect(findBrokenRule(text, 'openmetrics')).toBe('line 2: the le is not canonical');
  });

  test.each<[rule: string, text: string]>([
    ['line 2: there is no # EOF', lines('a 1')],
    ['line 1: there is no # EOF', ''],
    ['line 2: there is something behind # EOF', lines('# EOF', 'a 1')],
    ['line 2: there is something behind # EOF', '# EOF\n\n'],
    ['line 1: the last line has no newline', '# EOF'],
    ['line 1: a blank line', lines('', '# EOF')],
    ['line 1: a comment or an unknown keyword', lines('# hello', '# EOF')],
    ['line 1: an unknown TYPE', lines('# TYPE a untyped', '# EOF')],
    ['line 1: a quote that is not escaped', lines('# HELP a "x"', '# EOF')],
    ['line 1: an invalid timestamp', lines('a 1 NaN', '# EOF')],
    ['line 4: the names of a clash with those of a_created', lines('a_created 1', '# TYPE a counter', '# EOF')],
    [
      'line 4: the family a_created is interleaved with, or clashes with, a',
      lines('# TYPE a counter', 'a_total 1', '# TYPE b gauge', 'a_created 1'),
    ],
    [
      'line 4: the samples of a label set are interleaved with others',
      lines('# TYPE s summary', 's_sum 1', 's_sum{a="1"} 1', 's_count 1', '# EOF'),
    ],
  ])('%s: %j', (rule, text) => {
    expect(findBrokenRule(text, 'openmetrics')).toBe(rule);
  });

  test('a counter whose sample has no _total is a clash with its own family', () => {
    const text = lines('# TYPE a counter', 'a 1', '# EOF');
    expect(findBrokenRule(text, 'openmetrics')).toBe('line 2: the family a is interleaved with, or clashes with, a');
  });
});

function histogram(name: string, ...bounds: readonly string[]): readonly string[] {
  const all = bounds.length === 0 ? ['+Inf'] : bounds;
  return [`# TYPE ${name} histogram`, ...all.map((bound) => `${name}_bucket{le="${bound}"} 1`)];
}
