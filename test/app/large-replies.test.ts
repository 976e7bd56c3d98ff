import { get } from 'node:http';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LARGE_BODY_BYTES } from '../../src/scrape/placement.js';
import { startBuiltDaemon } from '../support/built-program.js';
import { toConfigFile } from '../support/config-file.js';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { describeManyBytes, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findSample } from '../support/samples.js';

const MEBIBYTE = 1024 * 1024;
const LARGE = describeManyBytes(2 * MEBIBYTE);
const SMALL = JSON.stringify({ Gauges: [{ Name: 'small', Value: 1 }] });
/** An object of a million fields: JSON.parse takes a while for it, and cannot be interrupted. */
const SLOW = `{"Gauges":[],"more":{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":${i}`).join()}}}`;

/** An upstream that answers with one of these by the caller's credentials. */
async function startUpstream(documents: Readonly<Record<string, string>>) {
  return forThisTest(
    await startStubUpstream((request, response) => {
      response.end(documents[request.headers.authorization ?? ''] ?? SMALL);
    }),
  );
}

async function start(documents: Readonly<Record<string, string>>, flags: Readonly<Record<string, string>> = {}) {
  const upstream = await startUpstream(documents);
  return await startDaemon({
    config: toConfigFile({ upstream: upstream.url, 'scrape.timeout': '25s', ...flags }),
  });
}

const ask = (zxp: Daemon, authorization: string) => zxp.scrape({ authorization });
const sampleOf = async (zxp: Daemon, name: string) => findSample((await zxp.ask('/-/metrics')).text, name);

describe('a large reply', () => {
  test('is rendered by a thread, and a small one is not', async () => {
    const zxp = await start({ large: LARGE });
    expect((await ask(zxp, 'small')).text).toMatch(/^small 1$/m);
    expect(await sampleOf(zxp, 'zxp_render_threads')).toBe(0);
    const { text, samples } = await ask(zxp, 'large');
    expect(LARGE.length).toBeGreaterThan(LARGE_BODY_BYTES);
    expect(samples.filter((line) => line.startsWith('padded{')).length).toBe(findSample(text, 'target_scrape_samples'));
    expect(findSample(text, 'target_up')).toBe(1);
    expect(await sampleOf(zxp, 'zxp_render_threads')).toBe(1);
  });

  test('keeps nobody waiting: health and small scrapes are answered while it is parsed', async () => {
    const zxp = await start({ slow: SLOW });
    let isSettled = false;
    const slow = ask(zxp, 'slow').finally(() => {
      isSettled = true;
    });
    await eventually('a thread is at work', async () => (await sampleOf(zxp, 'zxp_render_threads')) === 1);
    let answered = 0;
    while (!isSettled) {
      expect((await zxp.ask('/-/healthy')).status).toBe(200);
      expect((await ask(zxp, 'small')).samples).toContain('target_up 1');
      answered++;
    }
    // On the thread that parses, there would have been time for at most one.
    expect(answered).toBeGreaterThan(3);
    expect((await slow).samples).toContain('target_up 1');
  });

  // They end before anything is rendered: a number has no elements.
  const readings = [
    ['pages', "pages: { items: '{.more.k1}', next: { cursor: '{.next}', param: c } }", '/probe', 'reason="schema"} 1'],
    ['follow', "follow: { each: '{.more.k1[*]}', url: 'children/{{ . }}' }", '/probe', 'reason="schema"} 1'],
    [
      'discover',
      "discover: { each: '{.more.k1[*]}', target: '{.Name}' }",
      '/discover',
      'each of discover finds nothing',
    ],
  ] as const;

  test.each(readings)('is read by a thread for %s, too, and keeps nobody waiting', async (_what, keys, path, end) => {
    const upstream = await startUpstream({ slow: SLOW });
    const config = `targets: []\nmodules:\n  m: { translator: zot, allow: ['${upstream.url}'], ${keys} }\n`;
    const zxp = await startDaemon({ config, flags: { 'scrape.timeout': '25s' } });
    const target = encodeURIComponent(`${upstream.url}/list`);
    let isSettled = false;
    const slow = zxp.ask(`${path}?module=m&target=${target}`, { headers: { authorization: 'slow' } }).finally(() => {
      isSettled = true;
    });
    await eventually('a thread is at work', async () => (await sampleOf(zxp, 'zxp_render_threads')) === 1);
    let answered = 0;
    while (!isSettled) {
      expect((await zxp.ask('/-/healthy')).status).toBe(200);
      answered++;
    }
    expect(answered).toBeGreaterThan(3);
    expect((await slow).text).toContain(end);
  });

  test('of 20 at once, with two threads, gives each caller the whole of it', async () => {
    const documents = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`c${i}`, LARGE.replaceAll('"padded"', `"padded${i}"`)]),
    );
    const zxp = await start(documents, { 'scrape.workers': '2' });
    const replies = await Promise.all(Object.keys(documents).map((caller) => ask(zxp, caller)));
    for (const [i, { text, samples }] of replies.entries()) {
      const own = samples.filter((line) => line.startsWith(`padded${i}{`));
      expect(own.length).toBe(findSample(text, 'target_scrape_samples'));
      expect(samples.filter((line) => line.startsWith('padded')).length).toBe(own.length);
    }
    expect(await sampleOf(zxp, 'zxp_render_threads')).toBe(2);
  });

  test('that takes longer than its deadline is a timeout, and the next one is rendered', async () => {
    const zxp = await start({ slow: SLOW, large: LARGE }, { 'scrape.timeout': '25s', 'scrape.timeout-offset': '0' });
    const { text } = await zxp.scrape({ authorization: 'slow', 'x-prometheus-scrape-timeout-seconds': '0.1' });
    expect(text).toContain('target_scrape_error{reason="timeout"} 1');
    expect(await ask(zxp, 'large').then(({ samples }) => samples)).toContain('target_up 1');
  });

  test('ends its thread when its caller goes away', async () => {
    const zxp = await start({ slow: SLOW });
    const request = get(`${zxp.url}/metrics`, { headers: { authorization: 'slow' }, agent: false }).on(
      'error',
      () => {},
    );
    await eventually('a thread is at work', async () => (await sampleOf(zxp, 'zxp_render_threads')) === 1);
    request.destroy();
    await eventually('the thread is gone', async () => (await sampleOf(zxp, 'zxp_render_threads')) === 0, 20_000);
    expect(await sampleOf(zxp, 'zxp_scrapes_refused_total{cause="cancelled"}')).toBe(1);
  });

  test('under way through a reload is answered as the configuration before said', async () => {
    const zxp = await start({ slow: SLOW, large: LARGE });
    const slow = ask(zxp, 'slow');
    await eventually('a thread is at work', async () => (await sampleOf(zxp, 'zxp_render_threads')) === 1);
    const other = await startUpstream({ large: LARGE.replaceAll('"padded"', '"other"') });
    zxp.write(toConfigFile({ upstream: other.url, 'limits.series': '20' }));
    await zxp.reload();
    expect((await slow).samples).toContain('target_up 1');
    expect((await ask(zxp, 'large')).text).toContain('target_scrape_error{reason="limit"} 1');
    zxp.write(toConfigFile({ upstream: other.url }));
    await zxp.reload();
    expect((await ask(zxp, 'large')).samples.some((line) => line.startsWith('other{'))).toBe(true);
    expect(await sampleOf(zxp, 'zxp_render_threads')).toBe(1);
  });

  test('under way is answered before zxp ends, and no thread keeps it from that', async () => {
    const upstream = await startUpstream({ slow: SLOW });
    const zxp = forThisTest(await startBuiltDaemon('--upstream', upstream.url, '--scrape.timeout', '25s'));
    const slow = fetch(`${zxp.url}/metrics`, { headers: { authorization: 'slow', connection: 'close' } });
    await eventually('a thread is at work', async () => {
      const ownMetrics = await (await fetch(`${zxp.url}/-/metrics`)).text();
      return findSample(ownMetrics, 'zxp_render_threads') === 1;
    });
    zxp.signal('SIGTERM');
    expect(await (await slow).text()).toMatch(/^target_up 1$/m);
    expect((await zxp.untilEnd()).exitCode).toBe(0);
  });

  test('of 16 MiB is translated with a heap of 64 MiB', async () => {
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=64');
    onTestFinished(() => void vi.unstubAllEnvs());
    const upstream = await startUpstream({ huge: describeManyBytes(16 * MEBIBYTE), large: LARGE });
    const zxp = forThisTest(await startBuiltDaemon('--upstream', upstream.url));
    const scrape = async (authorization: string) =>
      (await fetch(`${zxp.url}/metrics`, { headers: { authorization } })).text();
    expect(await scrape('huge')).toContain('target_up 1\n');
    expect(await scrape('large')).toContain('target_up 1\n');
  });

  test('shows each step in the debug view', async () => {
    const upstream = await startUpstream({ large: LARGE });
    const zxp = await startDaemon({ config: toConfigFile({ upstream: upstream.url }) });
    const target = encodeURIComponent(`${upstream.url}/metrics`);
    const { text } = await zxp.ask(`/probe?debug=true&target=${target}`, { headers: { authorization: 'large' } });
    expect(text).toMatch(/^target_up 1, \d{4} samples$/m);
    expect(await sampleOf(zxp, 'zxp_render_threads')).toBe(1);
  });
});
