import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { readConfigFile } from '../../../src/config/config-reader.js';
import { type DiscoveredTarget, type TargetsRouteOptions, targetsRoute } from '../../../src/server/routes/targets.js';
import { forThisTest } from '../../support/for-this-test.js';

const folder = new URL('../../../fixtures/mapping/', import.meta.url);

/** Serves the route, and asks it as the host `zxp.example:8081`. */
async function discover(
  targets: () => readonly DiscoveredTarget[],
  method = 'GET',
  changes: Partial<TargetsRouteOptions> = {},
) {
  const server = createServer(
    express().use(targetsRoute({ list: targets, externalUrl: undefined, scheme: 'http', routePrefix: '', ...changes })),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  forThisTest({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return new Promise<{ status: number; type: string | undefined; text: string }>((resolve, reject) => {
    const asked = request({ port, method, agent: false, headers: { host: 'zxp.example:8081' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      const type = response.headers['content-type'];
      response.once('end', () => resolve({ status: response.statusCode ?? 0, type, text }));
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** What Prometheus demands of a target group (its discovery/targetgroup and model/labels). */
function checkGroups(text: string): void {
  const groups: readonly { targets: readonly unknown[]; labels: Readonly<Record<string, unknown>> }[] =
    JSON.parse(text);
  expect(Array.isArray(groups)).toBe(true);
  for (const group of groups) {
    expect(Object.keys(group)).toEqual(['targets', 'labels']);
    expect(group.targets).toEqual(['zxp.example:8081']);
    for (const [name, value] of Object.entries(group.labels)) {
      expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
      expect(typeof value).toBe('string');
    }
  }
}

describe('/-/targets', () => {
  test('named-targets.yml gives named-targets.targets.json, at the host that was asked', async () => {
    const text = readFileSync(new URL('named-targets.yml', folder), 'utf8');
    const file = readConfigFile({ name: 'f.yml', text, environment: {}, include: () => [] });
    const reply = await discover(() => file.targets);
    expect(reply).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' });
    const expected: unknown = JSON.parse(readFileSync(new URL('named-targets.targets.json', folder), 'utf8'));
    expect(JSON.parse(reply.text)).toEqual(expected);
    checkGroups(reply.text);
  });

  test('of no targets is an empty list, and HEAD has no body', async () => {
    expect((await discover(() => [])).text).toBe('[]\n');
    expect((await discover(() => [], 'HEAD')).text).toBe('');
  });

  test('is read again for each request', async () => {
    let targets: readonly DiscoveredTarget[] = [];
    const read = () => targets;
    expect((await discover(read)).text).toBe('[]\n');
    targets = [{ name: 'a', module: 'm', labels: [] }];
    expect((await discover(read)).text).toContain('"__param_target": "a"');
  });

  test('names of every kind are texts, and labels never take the place of those that lead to the target', async () => {
    const { text } = await discover(() => [
      {
        name: '__proto__ "ü" \u2028 </script>',
        module: 'm&x=1',
        labels: [
          ['instance', 'mine'],
          ['__param_target', 'other'],
          ['constructor', 'x'],
        ],
      },
    ]);
    checkGroups(text);
    expect(JSON.parse(text)[0].labels).toEqual({
      instance: 'mine',
      constructor: 'x',
      __metrics_path__: '/probe',
      __param_target: '__proto__ "ü" \u2028 </script>',
      __param_module: 'm&x=1',
    });
  });

  test.each([
    ['https', { scheme: 'https' }, 'zxp.example:8081', { __scheme__: 'https', __metrics_path__: '/probe' }],
    ['a prefix', { routePrefix: '/zxp' }, 'zxp.example:8081', { __metrics_path__: '/zxp/probe' }],
    [
      'an external URL, whatever zxp itself speaks',
      { externalUrl: new URL('https://monitoring.example/json/'), routePrefix: '/zxp' },
      'monitoring.example:443',
      { __scheme__: 'https', __metrics_path__: '/json/probe' },
    ],
    [
      'an external URL of plain http',
      { externalUrl: new URL('http://monitoring.example'), scheme: 'https' },
      'monitoring.example:80',
      { __metrics_path__: '/probe' },
    ],
  ] as const)('lead through %s', async (_what, changes, host, labels) => {
    const { text } = await discover(() => [{ name: 'a', module: 'm', labels: [] }], 'GET', changes);
    expect(JSON.parse(text)).toEqual([
      { targets: [host], labels: { instance: 'a', ...labels, __param_target: 'a', __param_module: 'm' } },
    ]);
  });
});
