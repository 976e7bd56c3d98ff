import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeExpositions, type TextFormat } from '../../../src/tunnel/proxy/merge-expositions.js';

async function merge(format: TextFormat, ...texts: readonly (string | readonly [TextFormat, string])[]) {
  const expositions = texts.map((each) => {
    const [own, text] = typeof each === 'string' ? [format, each] : each;
    return { format: own, chunks: [Buffer.from(text)] };
  });
  const { chunks, ...rest } = await mergeExpositions(expositions, format);
  return { text: Buffer.concat(chunks).toString(), ...rest };
}

describe('merged expositions', () => {
  test('declare each family once and keep its samples together', async () => {
    const a = '# HELP up Whether.\n# TYPE up gauge\nup{agent="a"} 1\n# TYPE other counter\nother_total 3\n';
    const b = '# TYPE other counter\nother_total{agent="b"} 4\n# TYPE up gauge\nup{agent="b"} 0\n';
    expect(await merge('text', a, b)).toEqual({
      text:
        '# HELP up Whether.\n# TYPE up gauge\nup{agent="a"} 1\nup{agent="b"} 0\n' +
        '# TYPE other counter\nother_total 3\nother_total{agent="b"} 4\n',
      duplicates: 0,
      invalidLines: 0,
    });
  });

  test('have no series twice: the first one stays, whatever the order of its labels', async () => {
    const merged = await merge('text', 'a{x="1",y="2"} 1\nb 1\n', 'a{y="2", x="1"} 9\na{x="1"} 2\nb 5 1700000000\n');
    expect(merged).toMatchObject({ text: 'a{x="1",y="2"} 1\na{x="1"} 2\nb 1\n', duplicates: 2 });
  });

  test('of OpenMetrics end once', async () => {
    const of = (agent: string) => `# TYPE a gauge\na{agent="${agent}"} 1\n# EOF\n`;
    expect((await merge('openmetrics', of('1'), of('2'))).text).toBe(
      '# TYPE a gauge\na{agent="1"} 1\na{agent="2"} 1\n# EOF\n',
    );
  });

  test('keep histograms and summaries whole', async () => {
    const histogram = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n';
    expect((await merge('text', histogram, 'x 1\n')).text).toBe(`${histogram}x 1\n`);
  });

  test('of both formats are text, without what text has no place for', async () => {
    const openmetrics =
      '# TYPE c counter\n# UNIT c seconds\nc_total{a="1"} 5 1.5 # {id="x"} 1 2\nc_created{a="1"} 1\n# TYPE i info\ni_info{v="1"} 1\n# EOF\n';
    const { text } = await merge('text', '# TYPE c_total counter\nc_total 1\n', ['openmetrics', openmetrics]);
    expect(text).toBe('# TYPE c_total counter\nc_total 1\nc_total{a="1"} 5 1500\n# TYPE i gauge\ni_info{v="1"} 1\n');
  });

  test('leave out lines that are no samples, and count them', async () => {
    const merged = await merge('text', 'a 1\nnonsense\nb{x="1" 2\nc{="1"} 3\n', '<html>\n');
    expect(merged).toMatchObject({ text: 'a 1\n', invalidLines: 4 });
  });

  test('read quoted names and values with braces, commas and quotes in them', async () => {
    const line = '{"http.requests","a.b"="x,}\\"{",c="d"} 1\n';
    expect((await merge('text', line, line)).text).toBe(line);
  });

  test('hold every series exactly once, whichever exposition has it', async () => {
    const series = fc.record({ name: fc.constantFrom('a', 'b', 'c'), label: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(series, { selector: (s) => `${s.name}${s.label}` }), { maxLength: 4 }),
        async (all) => {
          const texts = all.map((each) => each.map(({ name, label }) => `${name}{l="${label}"} 1\n`).join(''));
          const { text, duplicates } = await merge('text', ...texts);
          const lines = text.split('\n').filter((line) => line !== '');
          expect(new Set(lines).size).toBe(lines.length);
          expect(lines.length + duplicates).toBe(all.flat().length);
        },
      ),
    );
  });

  test('of ten megabytes let the event loop turn', async () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `series{number="${i}",more="${'x'.repeat(60)}"} 1\n`).join(
      '',
    );
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await merge('text', text, text.replaceAll('series', 'other'));
    clearInterval(timer);
    expect(longest).toBeLessThan(1500);
  });
});
