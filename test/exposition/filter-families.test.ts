import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterFamilies } from '../../src/exposition/filter-families.js';

function drop(text: string, ...dropped: readonly string[]): string {
  return filterFamilies(Buffer.from(text), (names) => !names.some((name) => dropped.includes(name))).toString();
}

const TEXT = `# HELP up Whether it is up.
# TYPE up gauge
up 1
# TYPE requests_total counter
# HELP requests_total Requests.
requests_total{code="200"} 5
requests_total{code="500"} 1 1700000000000
# a comment
# HELP wait Waiting.
# TYPE wait histogram
wait_bucket{le="1"} 1
wait_bucket{le="+Inf"} 2
wait_sum 3
wait_count 2
wait_counter 9
# TYPE size summary
size{quantile="0.5"} 1
size_sum 1
size_count 1
bare 1
bare_count 2
`;

describe('a filter of families', () => {
  test('that keeps everything gives the very bytes', () => {
    const body = Buffer.from(TEXT);
    expect(filterFamilies(body, () => true)).toBe(body);
  });

  test('leaves out samples with their HELP and TYPE', () => {
    expect(drop(TEXT, 'up')).toBe(TEXT.slice(TEXT.indexOf('# TYPE requests_total')));
    expect(drop(TEXT, 'requests_total')).not.toMatch(/requests/);
  });

  test('counts the series of histograms and summaries as theirs, and those of no type as their own', () => {
    const without = drop(TEXT, 'wait', 'size', 'bare');
    expect(without).not.toMatch(/wait_(bucket|sum|count) |wait_bucket|size|bare 1/);
    expect(without).toContain('wait_counter 9\n');
    expect(without).toContain('bare_count 2\n');
    // A series of a histogram has no name of its own.
    expect(drop(TEXT, 'wait_bucket', 'wait_sum')).toBe(TEXT);
  });

  test.each([['requests'], ['requests_total']])('knows a counter of OpenMetrics as %s', (name) => {
    const text =
      '# TYPE requests counter\nrequests_total 1 # {a="b"} 1\nrequests_created 2\n# TYPE up gauge\nup 1\n# EOF\n';
    expect(drop(text, name)).toBe('# TYPE up gauge\nup 1\n# EOF\n');
  });

  test('keeps the end of OpenMetrics', () => {
    expect(drop('# TYPE a info\na_info{v="1"} 1\n# EOF\n', 'a')).toBe('# EOF\n');
    expect(drop('a 1\n# EOF', 'a')).toBe('# EOF');
  });

  test('reads names in UTF-8', () => {
    const text =
      '# HELP "my.name" x\n# TYPE "my.name" gauge\n{"my.name",a="}\\"b"} 1\n{c="d", "my.name"} 2\n{"l.b"="x","other"} 3\n{"my\\"q"} 4\n';
    expect(drop(text, 'my.name')).toBe('{"l.b"="x","other"} 3\n{"my\\"q"} 4\n');
    expect(drop(text, 'other', 'my"q')).toBe(text.split('\n').slice(0, 4).join('\n').concat('\n'));
  });

  test('finds families whose lines do not follow one another', () => {
    expect(drop('a 1\nb 1\na 2\nb 2\n', 'a')).toBe('b 1\nb 2\n');
    expect(drop('# TYPE a histogram\n# TYPE b gauge\na_sum 1\nb 1\n', 'a')).toBe('# TYPE b gauge\nb 1\n');
  });

  test('takes blanks and line breaks as they come', () => {
    expect(drop(' \t# TYPE  a\tgauge\r\n  a\t1\r\n\nb 1', 'a')).toBe('b 1');
    expect(drop('', 'a')).toBe('');
  });

  test('knows a line without a name, or with an endless one, by an empty name', () => {
    expect(drop('{} 1\n{a="b"} 1\nx 1\n', '')).toBe('x 1\n');
    expect(drop(`${'n'.repeat(5000)} 1\nx 1\n`, '')).toBe('x 1\n');
  });

  test('keeps exactly the families that it is told to, of any', () => {
    const name = fc.constantFrom('a', 'b', 'c_total', 'd');
    const family = fc.record({
      name,
      type: fc.constantFrom('gauge', 'untyped'),
      samples: fc.array(
        fc.tuple(fc.string({ unit: fc.constantFrom('x', '}', '{', '\\"', ' ', '#', 'a') }), fc.integer()),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    });
    const write = ({
      name: of,
      type,
      samples,
    }: {
      name: string;
      type: string;
      samples: readonly (readonly [string, number])[];
    }) =>
      `# HELP ${of} h\n# TYPE ${of} ${type}\n${samples.map(([label, value]) => `${of}{l="${label}"} ${value}\n`).join('')}`;
    fc.assert(
      fc.property(
        fc.uniqueArray(family, { selector: (each) => each.name }),
        fc.subarray(['a', 'b', 'c_total', 'd']),
        (families, dropped) => {
          const wanted = families.filter((each) => !dropped.includes(each.name));
          expect(drop(families.map(write).join(''), ...dropped)).toBe(wanted.map(write).join(''));
        },
      ),
    );
  });

  test('gives lines of any text in their order, or leaves them out', () => {
    const unit = fc.constantFrom(
      'a',
      '# TYPE a counter',
      '# EOF',
      '{',
      '}',
      '"',
      '\\',
      '=',
      ' ',
      '\n',
      'a_total',
      '\xff',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        const lines = text.split('\n');
        const left = drop(text, 'a').split('\n');
        let at = 0;
        for (const line of lines) if (line === left[at]) at++;
        expect(left.length - at).toBeLessThanOrEqual(left.at(-1) === '' ? 1 : 0);
      }),
    );
  });
});
