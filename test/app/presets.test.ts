import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readConfigFile } from '../../src/config/config-reader.js';
import { loadConfiguration } from '../../src/config/load.js';
import type { Problem } from '../../src/model/errors.js';
import { presetNames } from '../../src/model/presets.js';
import { compileModules } from '../../src/modules/compile-modules.js';
import { readModuleText } from '../../src/modules/presets/presets.js';
import { startDaemon } from '../support/daemon.js';
import { parseExposition } from '../support/exposition-parser.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

const folder = new URL('../../fixtures/presets/', import.meta.url);
const names = presetNames.map((name) => name.replace('preset/', ''));
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');

/** The path that a preset's own file names, and what the API answers there. */
interface Api {
  readonly path: string;
  /** Of the request, as it must be. */
  readonly query?: string;
  readonly statusCode?: number;
  /** The documents of further requests, by their paths with queries. */
  readonly further?: Readonly<Record<string, unknown>>;
  readonly link?: string;
  /** Drops that the fixture is there to show, by cause. */
  readonly dropped?: Readonly<Record<string, number>>;
}

const apis: Readonly<Record<string, Api>> = {
  'consul-checks': { path: '/v1/health/state/any' },
  dropwizard: { path: '/metrics' },
  'elasticsearch-health': { path: '/_cluster/health' },
  'elasticsearch-nodes': { path: '/_nodes/stats' },
  expvar: { path: '/debug/vars' },
  'github-rate-limit': { path: '/rate_limit' },
  'kafka-connect': { path: '/connectors', query: 'expand=status' },
  'nginx-plus-server-zones': { path: '/api/9/http/server_zones' },
  'nginx-plus-upstreams': { path: '/api/9/http/upstreams' },
  otlp: { path: '/v1/metrics', dropped: { shape: 1 } },
  'php-fpm': { path: '/status', query: 'json=&full=' },
  prom2json: { path: '/metrics.json' },
  'rabbitmq-nodes': { path: '/api/nodes' },
  'rabbitmq-overview': { path: '/api/overview' },
  'rabbitmq-queues': { path: '/api/queues' },
  'registry-catalog': {
    path: '/v2/_catalog',
    query: 'n=1000',
    link: '</v2/_catalog?last=data%2Freport&n=1000>; rel="next"',
    further: { '/v2/_catalog?last=data%2Freport&n=1000': JSON.parse(read('registry-catalog.next.json')) },
  },
  'spring-boot': { path: '/actuator/metrics', further: JSON.parse(read('spring-boot.followed.json')) },
  'vault-health': { path: '/v1/sys/health', statusCode: 503 },
};

/** An API that has the document of a preset where the preset's file says that it is. */
async function startApi(name: string): Promise<string> {
  const { path, query = '', statusCode = 200, further = {}, link } = apis[name] ?? { path: '' };
  const upstream = await startStubUpstream((request, response) => {
    const asked = request.url ?? '';
    const more = further[asked];
    if (more !== undefined) response.end(JSON.stringify(more));
    else if (asked === `${path}${query === '' ? '' : `?${query}`}`) {
      if (link !== undefined) response.setHeader('link', link);
      response.writeHead(statusCode, { 'content-type': 'application/json' }).end(read(`${name}.json`));
    } else response.writeHead(404).end();
  });
  return forThisTest(upstream).url + path;
}

function withoutFacts(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && !/^(# \w+ )?target_(up|scrape)/.test(line));
  return lines.map((line) => `${line}\n`).join('');
}

function countDrops(text: string): Readonly<Record<string, number>> {
  const matches = text.matchAll(/^target_scrape_samples_dropped\{cause="(\w+)"\} ([1-9]\d*)$/gm);
  return Object.fromEntries([...matches].map(([, cause, count]) => [cause, Number(count)]));
}

test('every preset has a document and the exposition that it gives', () => {
  expect(Object.keys(apis)).toEqual(names);
  for (const name of names) expect(existsSync(new URL(`${name}.json`, folder)), name).toBe(true);
});

test.each(names)('preset/%s makes of its API what its exposition says', async (name) => {
  const url = await startApi(name);
  const zxp = await startDaemon({ config: `targets: [{ name: api, url: '${url}', module: preset/${name} }]` });
  const { text } = await zxp.probe({ target: 'api', module: `preset/${name}` });
  expect(text).toContain('\ntarget_up 1\n');
  const exposition = withoutFacts(text);
  expect(exposition).toBe(read(`${name}.prom`));
  expect(countDrops(text)).toEqual(apis[name]?.dropped ?? {});
  parseExposition(exposition, 'text');
});

describe('the file of a preset', () => {
  test.each([...presetNames, 'flatten', 'zot'])(
    '%s is one that zxp takes without a warning, and says what it is for',
    async (name) => {
      const text = (await readModuleText(name)) ?? '';
      expect(text).toMatch(/^# [A-Z].*\.\n/i);
      const file = readConfigFile({ name: 'edited.yml', text, environment: {}, include: () => [] });
      const configuration = loadConfiguration({ flags: new Map(), environment: {}, file });
      const problems: Problem[] = [];
      const warnings = [...configuration.warnings];
      const openUpstream = () => ({
        fetch: () => Promise.reject(new Error('not asked')),
        close: async () => undefined,
      });
      await compileModules(configuration, { problems, warnings, openUpstream });
      expect([...problems, ...warnings]).toEqual([]);
      expect(configuration.targets).toHaveLength(1);
    },
  );

  test.each(names)('%s has one module, of that name, and the path of its API', async (name) => {
    const text = (await readModuleText(`preset/${name}`)) ?? '';
    const { modules, targets } = readConfigFile({ name: 'edited.yml', text, environment: {}, include: () => [] });
    expect([...modules.keys()]).toEqual([name]);
    expect(targets[0]?.url.pathname).toBe(apis[name]?.path);
  });
});
