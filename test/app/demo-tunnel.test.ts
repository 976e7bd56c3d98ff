import { expect, test } from 'vitest';
import { startTunnelDemo } from '../../src/app/demo-tunnel.js';
import { forThisTest } from '../support/for-this-test.js';

const options = { version: '0.0.0-test', nodeVersion: process.version };

test('the demo of the tunnel scrapes a registry through an agent, with the right and with a wrong password', async () => {
  const demo = forThisTest(await startTunnelDemo({ ...options, isShort: true }));
  expect(demo.isGood).toBe(true);
  expect(demo.transcript).toMatch(/the right password\n[^$]*target_up 1\n/);
  expect(demo.transcript).toContain('target_scrape_error{reason="unauthorized"} 1');
  expect(demo.transcript).not.toContain('Ctrl-C');
});

test('what the demo of the tunnel tells to try is there', async () => {
  const demo = forThisTest(await startTunnelDemo({ ...options, isShort: false }));
  const [url = ''] = /http:\/\/[^/\s]+(?=\/discovery)/.exec(demo.transcript) ?? [];
  const discovery = await fetch(`${url}/discovery`);
  expect(await discovery.json()).toMatchObject([{ labels: { __metrics_path__: '/registry', site: 'demo' } }]);
  expect((await fetch(`${url}/`)).status).toBe(200);
});
