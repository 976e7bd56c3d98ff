import { describe, expect, test } from 'vitest';
import { agentDefaults } from '../../src/config/tunnel/defaults.js';
import { readAgentFile } from '../../src/config/tunnel/tunnel-file.js';
import { createAgentMetrics } from '../../src/telemetry/agent-metrics.js';
import { scrapeOutcomes } from '../../src/tunnel/agent/target.js';
import { recordAskedKeys } from './asked-keys.js';
import { readCode } from './mapping-pages.js';
import { readColumn, readPage, readTable } from './pages.js';

const page = readPage('docs/agent.md');

const EXAMPLE = `
tunnel:
  proxies: ["p:1"]
  token: t
  tls: { ca_file: ca.pem }
  paths: [{ path: a, url: "http://a", labels: { site: north } }]
`;

function readFile(text: string) {
  return readAgentFile({ name: 'agent.yml', text, environment: {}, include: () => [] });
}

/** Keys of a cell: `a`, `b`; a cell of one comes without its marks. */
function listKeys(cell: string): string[] {
  return /^[\w.]+$/.test(cell) ? [cell] : [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key);
}

describe("the reference of an agent's file", () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['tunnel', 'tunnel', ['listen_addresses']],
    ['tls', 'tunnel.tls', ['ca', 'cert', 'key']],
    ['paths', 'tunnel.paths[0]', []],
  ])('has every key of %s that the reader looks for, and no other', async (anchor, path, unnamed) => {
    const asked = await recordAskedKeys('agent.yml', () => readFile(EXAMPLE));
    const keys = [...(asked.get(path)?.keys() ?? [])].filter((key) => !unnamed.includes(key));
    expect(keys).not.toEqual([]);
    const documented = [...readTable(page, anchor, 'key')].flatMap((row) => listKeys(row.get('key') ?? ''));
    expect(documented.sort()).toEqual([...new Set(keys)].sort());
  });

  test('has the defaults of the code', () => {
    const rows = readTable(page, 'tunnel', 'key');
    const text = rows
      .map((row) => ({ key: listKeys(row.get('key') ?? '')[0] ?? '', value: listKeys(row.get('default') ?? '')[0] }))
      .filter(({ value }) => value !== undefined && !['none', 'plaintext'].includes(value))
      .map(({ key, value }) => `  ${key}: ${value}`);
    expect(text).toHaveLength(7);
    const { spec, problems } = readFile(`tunnel:\n${text.join('\n')}\n`);
    expect(problems).toEqual([]);
    expect(spec).toEqual(agentDefaults);
  });
});

describe('the metrics of an agent', () => {
  test('are those of the code, with their labels', async () => {
    const metrics = createAgentMetrics({
      version: '',
      nodeVersion: '',
      proxies: () => [{ proxy: 'p', connections: 1, isStandby: false, refusedPaths: 0 }],
      paths: () => 1,
    });
    metrics.observeConnect('p', true);
    metrics.observeDisconnect('p', 'connection');
    metrics.observeScrape({ path: 'a', outcome: 'success', durationSeconds: 1 });
    metrics.observePlaintextCredentials('p');
    metrics.observeTrustAll(false);
    const lines = (await metrics.write()).split('\n').filter((line) => line.startsWith('zxp_agent_'));
    const emitted = new Map(
      lines
        .filter((line) => !/_(bucket|sum)[{ ]/.test(line))
        .map((line) => {
          const [, name = '', labels = ''] = /^(\w+?)(?:_count)?(?:\{(.*)\})? /.exec(line) ?? [];
          return [name, [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)] as const;
        }),
    );
    const documented = readTable(page, 'health-and-metrics', 'metric').map(
      (row) => [readCode(row.get('metric')), listKeys(row.get('labels') ?? '')] as const,
    );
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(emitted));
  });

  test('have the outcomes of the code', () => {
    const row = readTable(page, 'health-and-metrics', 'metric').find(
      (each) => readCode(each.get('metric')) === 'zxp_agent_scrapes_total',
    );
    expect(listKeys(row?.get('meaning') ?? '').sort()).toEqual([...scrapeOutcomes].sort());
  });
});

describe('moving from prometheus-proxy', () => {
  const moving = readPage('docs/moving-from-prometheus-proxy.md');

  test('names keys of zxp that exist', async () => {
    const cells = ['keys-of-agent'].flatMap((anchor) => readColumn(readTable(moving, anchor, 'zxp'), 'zxp'));
    const named = cells.flatMap(listKeys).flatMap((key) => /^tunnel\.(.+)$/.exec(key)?.[1] ?? []);
    const known = [...readTable(page, 'tunnel', 'key')].flatMap((row) => listKeys(row.get('key') ?? ''));
    const tls = [...readTable(page, 'tls', 'key')].flatMap((row) => listKeys(row.get('key') ?? ''));
    const all = [...known, ...tls.map((key) => `tls.${key}`)];
    expect(named.filter((key) => !all.includes(key))).toEqual([]);
  });

  test('names keys of prometheus-proxy that are read without a warning, where zxp has a counterpart', () => {
    const rows = [...readTable(moving, 'keys-of-agent', 'zxp')].filter(
      (row) => !/^none|--web/.test(row.get('zxp') ?? ''),
    );
    const keys = rows.flatMap((row) => listKeys(row.get('prometheus-proxy') ?? ''));
    expect(keys.length).toBeGreaterThan(20);
    const values: Readonly<Record<string, string>> = {
      'agent.proxy.endpoints': '["a:1"]',
      'agent.pathConfigs': '[{path = a, url = "http://a"}]',
      'agent.filters': '[{path = a, metricNameAllow = x}]',
      'agent.http.enableTrustAllX509Certificates': 'false',
    };
    const text = keys.map(
      (key) =>
        `${key} = ${values[key] ?? (/[sS]ecs$|Kbs$|Bytes$|MBytes$|Clients$|port$/.test(key) ? '1' : /abled$|consolidated$/i.test(key) ? 'true' : 'x')}`,
    );
    const file = readAgentFile({ name: 'agent.conf', text: text.join('\n'), environment: {}, include: () => [] });
    expect([file.problems, file.warnings]).toEqual([[], []]);
  });
});
