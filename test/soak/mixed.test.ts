import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { runLoad } from './load.js';
import { minutes, tolerance } from './settings.js';
import { measureGrowth, startSoaked } from './soaked-program.js';

const RELOAD_MS = 5000;
const PER_SECOND = 30;

const rows = (count: number, name: string) =>
  JSON.stringify({
    Gauges: Array.from({ length: count }, (_, i) => ({
      Name: name,
      Value: i,
      LabelNames: ['i'],
      LabelValues: [String(i)],
    })),
  });

/** What an upstream does, by the path of the target. */
const kinds = ['ok', 'large', 'gzip', 'slow', 'status', 'cut', 'garbage', 'endless'] as const;

test(`${minutes} minutes of scrapes, failures, reloads and clients that leave: memory, handles and threads flat`, async () => {
  const large = rows(5000, 'large');
  const zipped = gzipSync(rows(2000, 'gzip'));
  const upstream = forThisTest(
    await startStubUpstream((request, response) => {
      const kind = request.url?.split('/')[1] ?? '';
      switch (kind) {
        case 'large':
          return response.end(large);
        case 'gzip':
          return response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped);
        case 'slow':
          return setTimeout(() => response.end(rows(10, 'slow')), 300);
        case 'status':
          return response.writeHead(500).end('no');
        case 'cut':
          response.writeHead(200, { 'content-length': 1000 }).write('{"Gauges":[');
          return setTimeout(() => request.socket.destroy(), 10);
        case 'garbage':
          return response.end('{"Gauges":[nan]}');
        case 'endless':
          return response.writeHead(200).write('{');
        default:
          return response.end(rows(100, 'ok'));
      }
    }),
  );
  const allow = [new URL(upstream.url).origin];
  const folder = forThisTest(makeTemporaryFolder());
  const write = (generation: number) =>
    folder.write(
      'zxp.yml',
      JSON.stringify({
        module: 'm',
        modules: {
          m: { translator: 'zot', timeout: '20s', allow },
          // For what never ends.
          short: { translator: 'zot', timeout: '1s', allow },
          [`n${generation % 7}`]: { translator: 'zot', min_interval: `${1 + (generation % 3)}s`, allow },
        },
      }),
    );
  const file = write(0);
  const zxp = await startSoaked([`--config.file=${file}`]);
  let reloads = 0;
  const timer = setInterval(() => {
    reloads++;
    if (reloads % 5 === 0) writeFileSync(file, 'modules: [broken');
    else write(reloads);
    zxp.reload();
  }, RELOAD_MS);
  forThisTest({ close: () => clearInterval(timer) });
  const report = await runLoad({
    perSecond: PER_SECOND,
    durationMs: minutes * 60_000,
    toUrl: (n) => {
      const target = encodeURIComponent(`${upstream.url}/${kindOf(n)}/${n % 50}`);
      return `${zxp.url}/probe?target=${target}&module=${kindOf(n) === 'endless' ? 'short' : 'm'}`;
    },
    isCancelled: (n) => n % 11 === 0,
    isRight: (n, text) => {
      const isUp = ['ok', 'large', 'gzip', 'slow'].includes(kindOf(n));
      return text.includes(`target_up ${isUp ? 1 : 0}\n`);
    },
  });
  clearInterval(timer);
  const growth = measureGrowth(zxp.samples);
  const { seconds: _seconds, ...counts } = report;
  process.stdout.write(
    `${JSON.stringify({ ...counts, wrong: report.wrong.length, reloads, growth, last: zxp.samples.at(-1) })}\n`,
  );
  expect(Object.keys(report.outcomes).sort()).toEqual(['200', 'cancelled']);
  expect(report.wrong.map(kindOf)).toEqual([]);
  expect(growth.rssBytes).toBeLessThan(tolerance);
  expect(growth.handles).toBeLessThan(tolerance);
  expect(growth.threads).toBeLessThan(tolerance);
  expect(await zxp.metric('zxp_scrapes_in_flight')).toBe(0);
});

function kindOf(n: number): string {
  return kinds[n % kinds.length] ?? 'ok';
}
