import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../../src/cli/program.js';
import type { ConfigFile } from '../../src/config/config-file.js';
import { loadConfiguration } from '../../src/config/load.js';
import { recognizeTunnelFile } from '../../src/config/tunnel/recognize.js';
import { readAgentFile, readProxyFile } from '../../src/config/tunnel/tunnel-file.js';
import { readUnitTestFile } from '../../src/config/unit-tests/unit-test-file.js';
import { readWebConfig } from '../../src/config/web/web-config.js';
import { parseZotFile } from '../../src/config/zot.js';
import { translateZot } from '../../src/translate/zot/translate.js';
import { createContext } from '../support/cli-context.js';
import { casesForSystem } from '../support/programs.js';
import { parseConfigFile } from '../support/read-config.js';
import { type Fence, listPages } from './pages.js';

type Kind =
  | 'agent'
  | 'ci'
  | 'unit tests'
  | 'proxy'
  | 'prometheus'
  | 'rules'
  | 'zot document'
  | 'zot exporter'
  | 'web configuration'
  | 'zxp'
  | 'kubernetes';

/** The keys of a web config file. */
const WEB_KEYS = [
  'mode',
  'tls_server_config',
  'http_server_config',
  'basic_auth_users',
  'bearer_tokens',
  'bearer_tokens_file',
  'allowed_clients',
  'trusted_proxies',
  'rate_limit',
];

const fences = listPages().flatMap((page) => page.fences);
const documents = fences
  // Values of the chart are rendered by test/deploy/.
  .filter(
    (fence) => ['yaml', 'json'].includes(fence.language) && !fence.options.has('values') && !fence.options.has('chart'),
  )
  .map((fence) => ({ fence, kind: tellKind(fence) }));
const named = (kinds: readonly Kind[]) =>
  documents.filter(({ kind }) => kinds.includes(kind)).map(({ fence, kind }) => [fence.where, fence, kind] as const);

describe('examples of configuration', () => {
  test.for(named(['zxp', 'zot exporter']))('%s is taken by zxp, or refused where it says so', ([, fence, kind]) => {
    const load = () => loadConfiguration({ flags: new Map(), environment: {}, file: readConfigFile(fence, kind) });
    if (fence.options.has('wrong')) expect(load).toThrow('the configuration has');
    else expect(load()).toHaveProperty('module');
  });

  test.for(named(['web configuration']))(
    '%s is taken as a web config file, or refused where it says so',
    ([, fence]) => {
      const settings = { configFile: 'web.yml', authMode: undefined, authTokenFiles: [], listenAddresses: [] };
      const file = { name: 'web.yml', text: fence.lines.join('\n') };
      const { problems } = readWebConfig(settings, { environment: {}, file });
      if (fence.options.has('wrong')) expect(problems).not.toEqual([]);
      else expect(problems).toEqual([]);
    },
  );

  test.for(named(['agent', 'proxy']))('%s is taken as the file of an agent or a proxy', ([, fence, kind]) => {
    const source = { name: 'example.yml', text: fence.lines.join('\n'), environment: {}, include: () => [] };
    const { problems, warnings } = kind === 'agent' ? readAgentFile(source) : readProxyFile(source);
    expect([...problems, ...warnings]).toEqual([]);
  });

  test.for(named(['unit tests']))('%s is taken as a file of unit tests', ([, fence]) => {
    expect(readUnitTestFile({ name: 'example.yml', text: fence.lines.join('\n') }).problems).toEqual([]);
  });

  test.for(named(['ci']))('%s runs commands of zxp, with flags that they have', ([, fence]) => {
    const commands = createProgram(createContext(), async () => undefined).commands;
    const lines = fence.lines.flatMap((line) => /^\s*- run: zxp (\S+) (.*)$/.exec(line)?.slice(1) ?? []);
    expect(lines.length).toBeGreaterThan(0);
    for (let i = 0; i < lines.length; i += 2) {
      const command = commands.find((each) => each.name() === lines[i]);
      const flags = lines[i + 1]?.match(/--[a-z.-]+/g) ?? [];
      expect(command?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags));
    }
  });

  test.for(named(['zot document']))('%s is a document of zot’s', ([, fence]) => {
    expect(translateZot(JSON.parse(fence.lines.join('\n'))).families).not.toEqual([]);
  });

  test.for(casesForSystem(named(['prometheus']).filter(([, fence]) => !fence.options.has('newer'))))(
    '%s is a configuration of Prometheus',
    async ([, fence]) => {
      await runPromtool(['check', 'config', '--syntax-only'], fence.lines.join('\n'));
    },
  );

  test.for(casesForSystem(named(['rules'])))('%s is a file of rules', async ([, fence]) => {
    await runPromtool(['check', 'rules'], fence.lines.join('\n'));
  });
});

const expressions = fences.filter((fence) => fence.language === 'promql');

test.for(casesForSystem(expressions.map((fence) => [fence.where, fence] as const)))(
  '%s is PromQL',
  async ([, fence]) => {
    const queries = fence.lines
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .split(/\n{2,}/);
    const rules = queries.map((expr, i) => ({ record: `docs:example_${i}`, expr }));
    await runPromtool(['check', 'rules'], JSON.stringify({ groups: [{ name: 'docs', rules }] }));
  },
);

test('every fence is of a language that the tests know', () => {
  const known = ['console', 'yaml', 'json', 'promql', 'sh', ''];
  expect(fences.filter((fence) => !known.includes(fence.language)).map((fence) => fence.where)).toEqual([]);
});

function tellKind(fence: Fence): Kind {
  const value: unknown = parse(fence.lines.join('\n'));
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const has = (...names: readonly string[]) => names.some((name) => keys.includes(name));
  if (has('apiVersion')) return 'kubernetes';
  if (has('scrape_configs', 'global', 'rule_files')) return 'prometheus';
  if (has('groups')) return 'rules';
  if (has('tests')) return 'unit tests';
  if (has('jobs')) return 'ci';
  if (has('tunnel')) return recognizeTunnelFile('example.yml', fence.lines.join('\n'))?.sides[0] ?? 'agent';
  if (has(...WEB_KEYS)) return 'web configuration';
  if (has('Counters', 'Gauges', 'Summaries', 'Histograms')) return 'zot document';
  return has('Server', 'Exporter') ? 'zot exporter' : 'zxp';
}

function readConfigFile(fence: Fence, kind: Kind): ConfigFile {
  const text = fence.lines.join('\n');
  return kind === 'zot exporter'
    ? parseZotFile(`example.${fence.language}`, text)
    : parseConfigFile('example.yml', text, variablesOf(text));
}

/** The environment variables that a file refers to, all of them set. */
function variablesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'secret']));
}

async function runPromtool(args: readonly string[], text: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zxp-docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'example.yml');
  await writeFile(file, text);
  await promisify(execFile)('promtool', [...args, file]);
}
