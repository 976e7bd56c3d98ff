import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.js';
import { createProgram } from '../../src/cli/program.js';
import { settingRows, toVariableName } from '../../src/config/settings.js';
import { tunnelSettingRows } from '../../src/config/tunnel/settings.js';
import { findStep } from '../../src/diagnose/steps.js';
import { DropTally, dropCauses } from '../../src/model/drops.js';
import { type FailureReason, failureReasons } from '../../src/model/errors.js';
import { FetchRecord, type ScrapePhase } from '../../src/model/fetch-record.js';
import { describeOutcome } from '../../src/scrape/outcome-metrics.js';
import { httpStatusOfCode } from '../../src/server/http-status.js';
import { createAgentMetrics } from '../../src/telemetry/agent-metrics.js';
import { createOwnMetrics } from '../../src/telemetry/own-metrics.js';
import { createProxyMetrics } from '../../src/telemetry/proxy-metrics.js';
import { createSharedMetrics } from '../../src/telemetry/shared-metrics.js';
import { zotTranslator } from '../../src/translate/zot/translate.js';
import { recordingRules } from '../deploy/rules-file.js';
import {
  listCodeWords,
  listPages,
  listTables,
  type Page,
  type Row,
  readColumn,
  readPage,
  readSection,
  readTable,
  repository,
} from './pages.js';

const pages = listPages();
const readme = readPage('README.md');
const contract = readPage('docs/scrape-contract.md');
const metrics = readPage('docs/metrics.md');
const troubleshooting = readPage('docs/troubleshooting.md');
const cli = readPage('docs/cli.md');

/** A metric as the docs and the code both describe it. */
interface Described {
  readonly type: string;
  readonly labels: readonly string[];
}

describe('reasons', () => {
  test('the contract lists each of the code, and no other', () => {
    expect(readColumn(readTable(contract, 'reasons', 'reason'), 'reason')).toEqual([...failureReasons]);
  });

  test('the contract has the HTTP status that each gets with --scrape.fail-status', () => {
    const rows = readTable(contract, 'reasons', 'reason');
    const documented = Object.fromEntries(rows.map((row) => [row.get('reason'), Number(row.get('http status'))]));
    expect(documented).toEqual(Object.fromEntries(failureReasons.map((reason) => [reason, httpStatusOfCode[reason]])));
  });

  test('troubleshooting has a heading for each, and no other', () => {
    expect(readSection(troubleshooting, 'reasons').below).toEqual([...failureReasons]);
  });
});

describe('drop causes', () => {
  test('the contract lists each of the code, and no other', () => {
    expect(readColumn(readTable(contract, 'dropped-samples', 'cause'), 'cause')).toEqual([...dropCauses]);
  });

  test('troubleshooting has a heading for each, and no other', () => {
    expect(readSection(troubleshooting, 'drop-causes').below).toEqual([...dropCauses]);
  });
});

test('the statuses of refused requests are those of the code', () => {
  const documented = readColumn(readTable(contract, 'http-statuses', 'status'), 'status').map(Number);
  const { request, busy } = httpStatusOfCode;
  expect(documented).toEqual(expect.arrayContaining([request, busy, 500, 404, 405]));
});

describe('metrics', () => {
  test('the page has every metric of a scrape with its type and labels, and no other', () => {
    const fetched = new FetchRecord(() => 0);
    fetched.tls = { version: 'TLSv1.3', expirySeconds: 0 };
    fetched.retryAfterSeconds = 0;
    fetched.ageSeconds = 0;
    fetched.requests = { made: 1, failed: 0, list: [] };
    const outcome = {
      up: false,
      reason: 'dns',
      statusCode: 0,
      durationSeconds: 0,
      samples: 0,
      drops: new DropTally(),
      fetched,
    } as const;
    const families = describeOutcome(outcome, zotTranslator.upMetric);
    const emitted = families.map(({ name, type, labelNames }) => [name, { type, labels: labelNames[0] ?? [] }]);
    expect(readDescriptions('metrics-of-a-scrape')).toEqual(Object.fromEntries(emitted));
  });

  test('the page has every zxp_ metric with its type and labels, and no other', async () => {
    const emitted = await describeOwnMetrics();
    expect(readDescriptions('zxps-own-metrics')).toEqual(keepNames(emitted, (name) => name.startsWith('zxp_')));
  });

  test('the page has every metric of the process and of Node, with its type', async () => {
    const emitted = keepNames(await describeOwnMetrics(), (name) => !name.startsWith('zxp_'));
    const documented = readDescriptions('the-process-and-node');
    const typesOf = (described: Readonly<Record<string, Described>>) =>
      Object.fromEntries(Object.entries(described).map(([name, { type }]) => [name, type]));
    expect(typesOf(documented)).toMatchObject(typesOf(emitted));
    // Elsewhere some of them are missing, as the page says.
    if (process.platform === 'linux') expect(typesOf(documented)).toEqual(typesOf(emitted));
    for (const [name, { labels }] of Object.entries(emitted)) {
      // Those without a sample so far show no labels.
      if (labels.length > 0) expect(documented[name]?.labels, name).toEqual(labels);
    }
  });

  test('the page has every metric of a proxy with its type and labels, and no other', async () => {
    const emitted = keepNames(await describeProxyMetrics(), (name) => name.startsWith('zxp_proxy_'));
    expect(readDescriptions('the-proxys-metrics')).toEqual(emitted);
  });

  test('every name of a metric of zxp in any page is one', async () => {
    const known = new Set([
      // A key of Prometheus' own relabel_configs, a value of a label, and a key of a proxy's file.
      'target_label',
      'target_down',
      // Of the translator otlp.
      'target_info',
      ...(await listAgentMetrics()),
      'target_prefix',
      ...Object.keys(await describeProxyMetrics()).flatMap((name) => [name, `${name}_bucket`]),
      ...Object.keys(readDescriptions('metrics-of-a-scrape')),
      ...Object.keys(await describeOwnMetrics()).flatMap((name) => [name, `${name}_bucket`]),
      ...recordingRules.map(({ record }) => record.split(':')[1]),
    ]);
    const named = pages.flatMap((page) =>
      page.lines.flatMap((line) =>
        [...line.matchAll(/\b(?:target|zxp)_[a-z_]*[a-z]\b(?!\.)/g)].map((match) => match[0]),
      ),
    );
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the command line', () => {
  const program = createTestProgram();
  const commands = program.commands.map((command) => command.name());

  test('docs/cli.md has a heading for each command, and no other', () => {
    const documented = readSection(cli, 'commands').below.map((heading) => heading.replace(/^zxp /, ''));
    expect(documented).toEqual([...new Set([...commands, 'help']), '--version']);
  });

  test.each(program.commands.map((command) => [command.name(), command] as const))(
    'docs/cli.md has the flags that are those of %s alone',
    (name, command) => {
      const own = command.options
        .filter((option) => !option.hidden && !settingRows.some((row) => `--${row.name}` === option.long))
        .map((option) => option.long);
      const [table = []] = listTables(readSection(cli, `zxp-${name}`).lines).filter((rows) => rows[0]?.has('flag'));
      const documented = readColumn(table, 'flag').map((cell) => /--[a-z.-]+/.exec(cell)?.[0]);
      expect(documented).toEqual(own);
    },
  );

  test('docs/cli.md has the step of zxp doctor that each reason belongs to', () => {
    const tables = listTables(readSection(cli, 'zxp-doctor').lines);
    const rows = tables.find((table) => table[0]?.has('reasons')) ?? [];
    const stepOf = (reason: FailureReason, phase: ScrapePhase) => findStep(reason, { phase, hasProxy: false });
    for (const reason of failureReasons) {
      const step =
        rows
          .find((row) =>
            row
              .get('reasons')
              ?.match(/[a-z_]+/g)
              ?.includes(reason),
          )
          ?.get('step') ?? '';
      const isOfPhase = stepOf(reason, 'wait') !== stepOf(reason, 'transfer');
      expect(step, reason).toMatch(isOfPhase ? /^the one under way/ : new RegExp(`^\`?${stepOf(reason, 'wait')}\\b`));
    }
  });

  test('the README has a row for each command', () => {
    const rows = readColumn(readTable(readme, 'commands', 'command'), 'command').join('\n');
    const missing = [...commands, 'help'].filter((name) => name !== 'serve' && !rows.includes(`zxp ${name}`));
    expect(missing).toEqual([]);
  });

  test('docs/cli.md has the exit codes of the code', () => {
    const documented = readColumn(readTable(cli, 'exit-codes', 'code'), 'code').map(Number);
    expect(documented).toEqual([...new Set([0, ...Object.values(exitCodeOf)])].sort());
  });

  test('every flag that a page speaks of exists', () => {
    const known = new Set([
      ...[...settingRows, ...tunnelSettingRows].flatMap((row) => [`--${row.name}`, `--no-${row.name}`]),
      ...listForeignFlags(),
      ...program.commands.flatMap((command) => command.options.map((option) => option.long)),
      '--help',
      '--version',
      // Of the fuzzer.
      '--time',
      '--target',
      '--seed',
      '--corpus',
      // Of Node, where the permission model is explained.
      '--allow-child-process',
      '--allow-fs-read',
      // Of Prometheus, where formats are.
      '--enable-feature',
      // Of npm run fuzz.
      '--time',
      '--target',
      '--seed',
      '--corpus',
    ]);
    expect(findInProse(/(?<![\w-])--[a-z][a-z.-]*[a-z]/g).filter((flag) => !known.has(flag))).toEqual([]);
  });
});

describe('settings', () => {
  test('every variable that a page speaks of exists', () => {
    const known = new Set([...settingRows, ...tunnelSettingRows].map(toVariableName));
    expect(findInProse(/\bZXP_[A-Z_]+[A-Z]\b/g).filter((name) => !known.has(name))).toEqual([]);
  });

  test('a default in a table of settings is that of the code', () => {
    const rows = pages
      .filter((page) => page.path !== 'docs/configuration.md')
      .flatMap((page) => listTables(page.prose))
      .filter(([row]) => row?.has('setting') === true && row.has('default'))
      .flat();
    const documented = Object.fromEntries(rows.map((row) => [toSettingName(row), row.get('default')]));
    expect(Object.keys(documented)).not.toHaveLength(0);
    expect(Object.fromEntries(settingRows.map((row) => [row.name, row.default]))).toMatchObject(documented);
  });
});

describe('versions', () => {
  const manifest: { version: string; engines: { node: string } } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  );

  test('the README has the oldest Node that package.json allows', () => {
    expect(readSection(readme, 'versions-of-node').lines.join('\n')).toContain(manifest.engines.node.replace('>=', ''));
  });

  test('the changelog has a section for what is not released and for the version of package.json', () => {
    const { below } = readSection(readPage('docs/changelog.md'), 'changelog');
    expect(below[0]).toBe('[Unreleased]');
    expect(below).toContain(`[${manifest.version}]`);
  });
});

test('no page names a folder of somebody’s machine or a host of a package registry', () => {
  const found = pages.flatMap((page) =>
    page.lines.filter((line) => /\/(home|root|work|Users)\/|registry\.npmjs|registry\.yarnpkg/.test(line)),
  );
  expect(found).toEqual([]);
});

function readDescriptions(anchor: string): Readonly<Record<string, Described>> {
  const rows = readTable(metrics, anchor, 'metric');
  return Object.fromEntries(
    rows.map((row) => [row.get('metric') ?? '', { type: row.get('type') ?? '', labels: readLabels(row) }]),
  );
}

function readLabels(row: Row): readonly string[] {
  const cell = row.get('labels') ?? '';
  return cell.includes('`') ? listCodeWords(cell) : cell.split(' ').filter((word) => word !== '');
}

/** What zxp's own exposition says: the type of each family, and the labels of those that have samples. */
/** docs/agent.md describes them. */
async function listAgentMetrics(): Promise<readonly string[]> {
  const metrics = createAgentMetrics({ version: '', nodeVersion: '', proxies: () => [], paths: () => 0 });
  return [...(await metrics.write()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
}

/** Those of a worker, and of the process that starts workers. */
async function describeOwnMetrics(): Promise<Readonly<Record<string, Described>>> {
  const ownMetrics = createOwnMetrics({
    version: '0.0.0',
    nodeVersion: process.version,
    scrapesInFlight: () => 0,
    renderPool: { threads: 0, queued: 0 },
  });
  const tokenExpiries = [{ name: 'prometheus', expiry: 0 }];
  ownMetrics.access.observePolicy({ certificateExpiry: 0, clientCaExpiry: 0, tokenExpiries });
  const shared = createSharedMetrics({ workers: () => 1 });
  return describeExposition(await shared.write([await ownMetrics.collect()]));
}

function describeProxyMetrics(): Promise<Readonly<Record<string, Described>>> {
  const load = {
    agents: 0,
    paths: 0,
    connections: 0,
    streams: 0,
    pendingScrapes: 0,
    queuedRequests: 0,
    bufferedBytes: 0,
  };
  const metrics = createProxyMetrics({ version: '0.0.0', nodeVersion: process.version, load: () => load });
  return metrics.write().then(describeExposition);
}

function describeExposition(text: string): Readonly<Record<string, Described>> {
  const described: Record<string, { type: string; labels: readonly string[] }> = {};
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) described[type[1] ?? ''] = { type: type[2] ?? '', labels: [] };
    const sample = /^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} /.exec(line);
    const family = described[sample?.[1] ?? ''] ?? described[/^\w+/.exec(line)?.[0] ?? ''];
    if (family !== undefined) family.labels = listLabels(sample?.[2] ?? '');
  }
  return described;
}

function listLabels(text: string): readonly string[] {
  return [...text.matchAll(/(\w+)="/g)].map((match) => match[1] ?? '').filter((name) => name !== 'le');
}

function keepNames<T>(
  record: Readonly<Record<string, T>>,
  keep: (name: string) => boolean,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => keep(name)));
}

function createTestProgram() {
  const context = {
    environment: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    pid: 1,
    version: '0.0.0',
    nodeVersion: process.version,
    stopped: async () => undefined,
    onHangup: () => undefined,
  };
  return createProgram(context, async () => undefined);
}

function toSettingName(row: Row): string {
  return (row.get('setting') ?? '').replace(/^--/, '');
}

/** Those of prometheus-proxy, of which one page has a table. */
function listForeignFlags(): readonly string[] {
  const table = readTable(readPage('docs/moving-from-prometheus-proxy.md'), 'flags', 'prometheus-proxy');
  return readColumn(table, 'prometheus-proxy').flatMap((cell) => cell.match(/--[a-z]+/g) ?? []);
}

/** What a pattern finds outside fences in all pages, each once. */
function findInProse(pattern: RegExp): readonly string[] {
  const find = (page: Page) => page.prose.flatMap((line) => [...line.matchAll(pattern)].map((match) => match[0]));
  return [...new Set(pages.flatMap(find))];
}
