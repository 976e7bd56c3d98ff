import { describe, expect, test } from 'vitest';
import { ask, basic } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

async function start(log: string, status = 200) {
  const upstream = forThisTest(
    await startStubUpstream((_request, response) => {
      if (status === 200) answerGauges(response, { moon: 1 });
      else response.writeHead(status).end();
    }),
  );
  const config = (more: string) =>
    `upstream: ${upstream.url}\ntargets: [{ name: main, url: "${upstream.url}/metrics", module: zot }]\n${more}`;
  const zxp = await startDaemon({ config: config(log) });
  const lines = (message: string) => zxp.logged.filter((line) => line.includes(message));
  return { zxp, config, lines };
}

describe('--log.requests', () => {
  test('logs each request with its scrape, and nothing that it carries', async () => {
    const { zxp, lines } = await start('log: { requests: true }\n');
    const headers = { ...basic('alice', 'canary'), 'x-forwarded-for': '192.0.2.7' };
    const scraped = await zxp.ask('/probe?target=main&token=canary', { headers });
    await zxp.ask('/-/healthy');
    await zxp.ask('/nothing');
    await eventually('all are logged', () => lines('request served').length === 3);
    const id = scraped.headers['x-zxp-scrape-id'];
    expect(id).toMatch(/^[0-9a-f]{6}-1$/);
    const [first, second, third] = lines('request served').map((line) => JSON.parse(line.replace(/^[^{]*/, '')));
    expect(first).toMatchObject({
      method: 'GET',
      path: '/probe',
      status: 200,
      client: '127.0.0.1',
      forwarded_for: '192.0.2.7',
      scrape: id,
      target: 'main',
      up: true,
      samples: 1,
    });
    expect(second).toMatchObject({ path: '/-/healthy', status: 200 });
    expect(third).toMatchObject({ path: '/nothing', status: 404 });
    expect(zxp.logged.join('\n')).not.toContain('canary');
  });

  test('is off by default, and a reload turns it on', async () => {
    const { zxp, config, lines } = await start('');
    await zxp.ask('/-/healthy');
    zxp.folder.write('zxp.yml', config('log: { requests: true }\n'));
    await zxp.reload();
    await zxp.ask('/-/ready');
    await eventually('it is logged', () => lines('request served').length === 1);
    expect(lines('request served')[0]).toContain('/-/ready');
  });
});

test('the id of a scrape is in its reply, the debug view and the log of its failure', async () => {
  const { zxp, lines } = await start('', 503);
  const failed = await zxp.ask('/probe?target=main');
  const id = String(failed.headers['x-zxp-scrape-id']);
  expect(lines('scrape failed')).toEqual([expect.stringContaining(`"scrape":"${id}"`)]);
  const debug = await zxp.ask('/probe?target=main&debug=true');
  expect(debug.text).toMatch(/^scrape [0-9a-f]{6}-2\n\nrequest: GET /);
  expect(debug.headers['x-zxp-scrape-id']).not.toBe(id);
});

test('thousands of URLs that callers name do not flood the log, nor hide a configured target', async () => {
  const zxp = await startDaemon({
    config: `targets: [{ name: main, url: "http://127.0.0.1:9/", module: zot }]\nmodules: { m: { allow: ["http://127.0.0.1:9"], metrics: [{ name: n, path: '{.n}' }] } }\n`,
  });
  for (let i = 0; i < 300; i++) await ask(`${zxp.url}/probe?module=m&target=http://127.0.0.1:9/${i}`);
  await ask(`${zxp.url}/probe?target=main`);
  const failures = zxp.logged.filter((line) => line.includes('scrape failed'));
  expect(failures).toHaveLength(11);
  expect(failures.at(-1)).toContain('"target":"main"');
});
