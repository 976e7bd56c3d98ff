import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listTables, type Row } from '../docs/pages.js';
import { testWith } from '../support/programs.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { chart, readValueSet, renderNotes, renderText, runHelm, valueSets } from './helm.js';
import { listClosedObjects } from './values-schema.js';

type Values = { readonly [key: string]: unknown };

const read = (path: string) => readFileSync(join(chart, path), 'utf8');
const values: Values = parse(read('values.yaml'));
const manifest: { readonly version: string } = JSON.parse(read('../../../package.json'));

describe('the chart', () => {
  test('is for the version of zxp that it lies beside', () => {
    expect(parse(read('Chart.yaml'))).toMatchObject({ version: manifest.version, appVersion: manifest.version });
  });

  test('brings at least twelve value sets', () => {
    expect(valueSets.length).toBeGreaterThanOrEqual(12);
  });

  for (const name of valueSets) {
    testWith('helm', `has no fault with the values of ci/${name}.yaml`, async () => {
      const file = join(chart, 'ci', `${name}.yaml`);
      expect(await runHelm('lint', '--strict', '--kube-version', '1.25.0', '-f', file, chart)).toContain(
        '0 chart(s) failed',
      );
    });
  }

  testWith('helm', 'is packed with the rules and the dashboard themselves, and without its tests', async () => {
    const folder = makeTemporaryFolder();
    try {
      await runHelm('package', chart, '--destination', folder.path);
      const archive = join(folder.path, `zxp-${manifest.version}.tgz`);
      const files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n');
      expect(files).toContain('zxp/README.md');
      expect(files.filter((path) => path.startsWith('zxp/ci/'))).toEqual([]);
      const packed = execFileSync('tar', ['-xzOf', archive, 'zxp/files/zxp.rules.yml'], { encoding: 'utf8' });
      expect(packed).toBe(read('../../prometheus/zxp.rules.yml'));
    } finally {
      folder.close();
    }
  });
});

describe('the notes', () => {
  testWith('helm', 'tell what is exported, where, and that nothing scrapes it yet', async () => {
    const notes = await renderNotes(readValueSet('url'));
    expect(notes).toContain('exports http://zot:5000.');
    expect(notes).toContain('Prometheus reaches it at http://zxp.monitoring.svc:8081/metrics\n');
    expect(notes).toContain('Nothing scrapes it yet.');
    expect(notes).toContain('kubectl --namespace monitoring port-forward service/zxp 8081:8081\n');
  });

  testWith('helm', 'warn of passwords and tokens over plain HTTP', async () => {
    expect(await renderNotes(readValueSet('bearer-digests'))).toContain('WARNING: it serves plain HTTP.');
    expect(await renderNotes(readValueSet('basic'))).not.toContain('WARNING');
  });

  testWith('helm', 'tell how to ask with a certificate', async () => {
    expect(await renderNotes(readValueSet('mtls'))).toContain(
      'curl --cert client.crt --key client.key --cacert ca.crt',
    );
  });
});

describe('unknown values', () => {
  const closed = listClosedObjects(JSON.parse(read('values.schema.json')));

  test('are refused at every level that the chart has', () => {
    const levels = closed.map(({ path }) => path.join('.'));
    expect(levels).toEqual(
      expect.arrayContaining(['', 'auth', 'auth.basic', 'serviceMonitor.tlsConfig.ca.secret', 'probes.0']),
    );
    const own = listLevels(values).filter((level) => !['global', 'config'].includes(level));
    expect(own.filter((level) => !levels.includes(level) && !OPEN.test(level))).toEqual([]);
  });

  for (const { path, value } of closed) {
    testWith('helm', `are refused in ${path.join('.') || 'the values'}`, async () => {
      await expect(renderText(value)).rejects.toThrow(/additional properties 'unheardOf' not allowed/);
    });
  }
});

describe('the README', () => {
  const [table = []] = listTables(read('README.md').split('\n'));
  const documented = table.map((row) => [row.get('value'), row.get('default')]);

  test('has a row for every value with its default, and no other', () => {
    expect(documented).toEqual(listRows(values));
  });

  test('says of every value what it means', () => {
    expect(table.map((row: Row) => row.get('meaning') ?? '').filter((meaning) => !/[.,]$/.test(meaning))).toEqual([]);
  });

  test('may call the monitors the same', () => {
    expect(values.podMonitor).toEqual(values.serviceMonitor);
    expect(values.selfMonitor).toEqual(values.serviceMonitor);
  });
});

/** Objects of Kubernetes' own shape: a row each, whatever is in them. */
const OPEN = /^(resources\..*|podSecurityContext.*|securityContext.*|.*[lL]abels)$/;
const WHOLE = /^(resources|podSecurityContext|securityContext|dashboard\.labels)$/;
const SAME = /^(podMonitor|selfMonitor)$/;

function listRows(node: Values, above = ''): readonly (readonly [path: string, text: string])[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const path = above + key;
    if (SAME.test(path)) return [[path, ''] as const];
    if (isObject(value) && Object.keys(value).length > 0 && !WHOLE.test(path)) return listRows(value, `${path}.`);
    const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
    return [[path, text] as const];
  });
}

function listLevels(node: Values, path = ''): readonly string[] {
  const below = Object.entries(node).flatMap(([key, value]) =>
    isObject(value) && Object.keys(value).length > 0 ? listLevels(value, path === '' ? key : `${path}.${key}`) : [],
  );
  return [path, ...below];
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('the paths of zxp', () => {
  const values = (web: object) => ({
    image: { registry: 'registry.example' },
    config: { upstream: 'http://registry:5000', web },
    serviceMonitor: { enabled: true },
    selfMonitor: { enabled: true },
    probes: [{ name: 'stock', target: 'stock' }],
  });
  const pathsOf = async (web: object) => {
    const text = await renderText(values(web));
    return [...new Set([...text.matchAll(/^.*\bpath: "?(\/[\w/-]*)/gm)].map(([, path]) => path))].sort();
  };

  for (const [what, web, prefix] of [
    ['without a prefix', {}, ''],
    ['with route_prefix', { route_prefix: '/exporters/zxp/' }, '/exporters/zxp'],
    ['with external_url', { external_url: 'https://ops.example/zxp/' }, '/zxp'],
    ['with both', { external_url: 'https://ops.example/zxp/', route_prefix: '/' }, ''],
  ] as const) {
    testWith('helm', `${what} are those of probes, monitors and targets`, async () => {
      const paths = ['/-/healthy', '/-/metrics', '/-/ready', '/metrics', '/probe'];
      expect(await pathsOf(web)).toEqual(paths.map((path) => `${prefix}${path}`));
    });
  }
});
