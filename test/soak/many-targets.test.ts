import { expect, test } from 'vitest';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { runLoad } from './load.js';
import { minutes, scrapesInFlight, scrapesPerSecond, targetCount, tolerance } from './settings.js';
import { measureGrowth, startSoaked } from './soaked-program.js';

/*
 * docs/scaling.md: scrapes in flight = targets / interval x seconds. Two cores cannot send 667 scrapes a second and answer
 * them too; so here the targets are slower, and as many scrapes are in flight as with 10,000 targets every 15 s.
 */

test.each([1, 50])(
  `${targetCount} targets at %i origins for ${minutes / 2} minutes: no 503, memory and sockets flat`,
  async (origins) => {
    const delayMs = (scrapesInFlight / scrapesPerSecond) * 1000;
    const upstreams = await Promise.all(
      Array.from({ length: origins }, async () =>
        forThisTest(
          await startStubUpstream((request, response) => {
            const number = Number(request.url?.split('/')[2]);
            const row = { Name: 'n', Value: number, LabelNames: ['path'], LabelValues: [request.url] };
            setTimeout(() => response.end(JSON.stringify({ Gauges: [row] })), delayMs);
          }),
        ),
      ),
    );
    const allow = upstreams.map(({ url }) => new URL(url).origin);
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write(
      'zxp.yml',
      `module: m\nmodules:\n  m: { translator: zot, allow: ${JSON.stringify(allow)} }\n`,
    );
    const zxp = await startSoaked([`--config.file=${file}`]);
    const inFlight: number[] = [];
    const timer = setInterval(async () => inFlight.push(await zxp.metric('zxp_scrapes_in_flight')), 2000);
    forThisTest({ close: () => clearInterval(timer) });
    const report = await runLoad({
      perSecond: scrapesPerSecond,
      durationMs: (minutes * 60_000) / 2,
      toUrl: (n) => {
        const target = n % targetCount;
        return `${zxp.url}/probe?target=${encodeURIComponent(`${allow[target % origins]}/t/${target}`)}`;
      },
      isRight: (n, text) =>
        text.includes(`n{path="/t/${n % targetCount}/metrics"} ${n % targetCount}\n`) ||
        text.includes(`n{path="/t/${n % targetCount}"} ${n % targetCount}\n`),
    });
    clearInterval(timer);
    const settled = inFlight.slice(Math.ceil(inFlight.length / 5)).toSorted((a, b) => a - b);
    const median = settled[Math.floor(settled.length / 2)] ?? 0;
    const growth = measureGrowth(zxp.samples);
    const { seconds, ...counts } = report;
    const last = zxp.samples.at(-1);
    process.stdout.write(
      `${JSON.stringify({ origins, ...counts, wrong: report.wrong.length, inFlight: median, growth, last })}\n`,
    );
    expect(report.outcomes).toEqual({ 200: report.scrapes });
    expect(report.wrong).toEqual([]);
    // The formula, with the seconds that a scrape took.
    const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
    const expected = scrapesPerSecond * mean;
    expect(Math.abs(median / expected - 1)).toBeLessThan(0.25);
    expect(growth.rssBytes).toBeLessThan(tolerance);
    expect(growth.handles).toBeLessThan(tolerance);
    expect(growth.threads).toBeLessThan(tolerance);
    // A socket for each scrape in flight on either side, and a few.
    expect(last?.handles).toBeLessThan(4 * expected + 100);
  },
);
