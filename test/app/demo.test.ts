import { describe, expect, test } from 'vitest';
import { startDemo } from '../../src/app/demo.js';
import { startDemoRegistry } from '../../src/app/demo-registry.js';
import { forThisTest } from '../support/for-this-test.js';

describe('the demo', () => {
  const options = { version: '0.0.0-test', nodeVersion: process.version };

  test('shows a scrape with the right password that is up, and one with a wrong password that is down', async () => {
    const demo = forThisTest(await startDemo({ ...options, isShort: true }));
    const [, right = '', wrong = ''] = demo.transcript.split('$ curl');
    expect(demo.isGood).toBe(true);
    expect(right).toContain('  target_up 1\n');
    expect(right).toContain('  zot_up 1\n');
    expect(right).toContain('zot_repo_downloads_total{repo="web/app"}');
    expect(wrong).toContain('  target_up 0\n');
    expect(wrong).toContain('  target_scrape_error{reason="unauthorized"} 1\n');
    expect(wrong).not.toContain('zot_repo_downloads_total');
  });

  test('gives commands and a Prometheus job that name the address that it listens on', async () => {
    const demo = forThisTest(await startDemo({ ...options, isShort: false }));
    const [, url = ''] = /curl -s -u alice:wonderland (http\S+)\/metrics/.exec(demo.transcript) ?? [];
    expect(demo.transcript).toContain(`- targets: ['${new URL(url).host}']`);
    const authorization = `Basic ${Buffer.from('bob:builder').toString('base64')}`;
    // The next demo listens on the same port: it must not be asked over this one's connection.
    const headers = { authorization, connection: 'close' };
    const body = await (await fetch(`${url}/metrics`, { headers })).text();
    expect(body).toContain('repo="infra/app"');
    expect(body).not.toContain('repo="web/app"');
  });

  test('listens elsewhere where its port is taken', async () => {
    const first = forThisTest(await startDemo({ ...options, isShort: false }));
    const second = forThisTest(await startDemo({ ...options, isShort: false }));
    expect(second.isGood).toBe(true);
    expect(second.transcript).not.toBe(first.transcript);
  });
});

describe("the demo's registry", () => {
  const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });

  test('counts more as time passes', async () => {
    let nowMs = 0;
    const registry = forThisTest(await startDemoRegistry(() => nowMs));
    const read = async () => (await fetch(`${registry.url}/metrics`, { headers: basic('alice:wonderland') })).json();
    const before = await read();
    nowMs = 60_000;
    const after = await read();
    const sum = (document: unknown) =>
      [...JSON.stringify(document).matchAll(/"Count":(\d+)/g)].reduce((total, [, count]) => total + Number(count), 0);
    expect(sum(after)).toBeGreaterThan(sum(before));
  });

  test.each([
    ['nobody', {}],
    ['a user that there is not', basic('eve:wonderland')],
    ["another user's password", basic('bob:wonderland')],
    ['no password', basic('alice')],
    ['what is not Basic', { authorization: 'Bearer alice:wonderland' }],
  ])('answers %s with 401 and a challenge', async (_who, headers) => {
    const registry = forThisTest(await startDemoRegistry(() => 0));
    const response = await fetch(`${registry.url}/metrics`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await response.text()).toContain('UNAUTHORIZED');
  });
});
