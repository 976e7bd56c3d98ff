import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { settingRows } from '../../src/config/settings.js';
import { parseSampleValue } from '../../src/golang/number.js';
import { loadPathCompiler } from '../../src/jsonpath/compiler.js';
import { parseDocument } from '../../src/jsonpath/document.js';
import { PathFailure } from '../../src/jsonpath/path.js';
import { createDateReader } from '../../src/translate/mapping/dates.js';
import { unitReaders } from '../../src/translate/mapping/units.js';
import { casesForSystem } from '../support/programs.js';
import { unlimitedWork } from '../support/unlimited-work.js';
import { type AskedKeys, recordAskedKeys } from './asked-keys.js';
import { checkFile, mappingPages, readCell, readCode } from './mapping-pages.js';
import { type Fence, listTables, type Row, readColumn, readPage, readSection } from './pages.js';

const reference = readPage('docs/modules.md');
const paths = readPage('docs/paths.md');

/** A table of keys: where it stands, which part of a file its keys are of, and a whole file around an example. */
interface Place {
  readonly anchor: string;
  /** Which of the section's tables with a column `key`. */
  readonly table?: number;
  /** Where the readers say that they are. */
  readonly path: RegExp;
  /** Keys that an example needs beside its own. */
  readonly base: Readonly<Record<string, string>>;
  readonly wrap: (example: string) => string;
}

const inFile = (text: string) => `{ ${text}, targets: [] }`;
const inModule = (text: string) => inFile(`modules: { m: { ${text}, allow: ['https://a.example'] } }`);
const inMetric = (text: string) => inModule(`metrics: [{ ${text}, name: a }]`);
const inValue = (text: string) => inMetric(`type: object, path: '{.a.*}', value: { ${text} }`);
const inClient = (text: string) => inModule(`metrics: [], http_client_config: { ${text} }`);
const METRIC = String.raw`^modules\.m\.metrics\[0\]`;
const CLIENT = String.raw`^modules\.m\.http_client_config`;

const places: readonly Place[] = [
  {
    anchor: 'the-file',
    path: /^$/,
    base: { modules: '{ m: { metrics: [] } }', targets: '[]' },
    wrap: (text) => `{ ${text} }`,
  },
  {
    anchor: 'module',
    path: /^modules\.(m|stock)$/,
    base: { metrics: '[]', allow: "['https://a.example']" },
    wrap: (text) => inFile(`modules: { m: { ${text} } }`),
  },
  {
    anchor: 'body',
    path: /^modules\.m\.body$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], body: { ${text} }`),
  },
  {
    anchor: 'decode',
    path: /^modules\.m\.decode\[\d\]$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], decode: [{ ${text} }]`),
  },
  {
    anchor: 'conditions',
    path: /^modules\.m\.fail_if\[0\]$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], fail_if: [{ ${text} }]`),
  },
  {
    anchor: 'pages',
    table: 0,
    path: /^modules\.m\.pages$/,
    base: { items: "'{.a}'", next: 'link' },
    wrap: (text) => inModule(`metrics: [], pages: { ${text} }`),
  },
  {
    anchor: 'pages',
    table: 1,
    path: /^modules\.m\.pages\.next$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], pages: { items: '{.a}', next: { ${text} } }`),
  },
  {
    anchor: 'follow',
    path: /^modules\.m\.follow$/,
    base: { each: "'{.a[*]}'", url: 'b' },
    wrap: (text) => inModule(`metrics: [], follow: { ${text} }`),
  },
  {
    anchor: 'discover',
    path: /^modules\.m\.discover$/,
    base: { each: "'{.a[*]}'", target: "'{.b}'" },
    wrap: (text) => inModule(`metrics: [], discover: { ${text} }`),
  },
  {
    anchor: 'metric',
    path: new RegExp(`${METRIC}$`),
    base: { name: 'a', path: "'{.a}'" },
    wrap: (text) => inModule(`metrics: [{ ${text} }]`),
  },
  {
    anchor: 'histograms-and-summaries',
    table: 0,
    path: new RegExp(String.raw`${METRIC}\.buckets$`),
    base: { path: "'{.b[*]}'", bound: "'{.le}'", count: "'{.n}'" },
    wrap: (text) => inMetric(`type: histogram, path: '{@}', buckets: { ${text} }`),
  },
  {
    anchor: 'histograms-and-summaries',
    table: 1,
    path: new RegExp(String.raw`${METRIC}\.quantiles$`),
    base: { path: "'{.b[*]}'", quantile: "'{.q}'", value: "'{.v}'" },
    wrap: (text) => inMetric(`type: summary, path: '{@}', quantiles: { ${text} }`),
  },
  {
    anchor: 'native-histograms',
    path: new RegExp(String.raw`${METRIC}\.(positive|negative)$`),
    base: { counts: "'{.c[*]}'" },
    wrap: (text) => inMetric(`type: exponential_histogram, path: '{@}', positive: { ${text} }`),
  },
  {
    anchor: 'units-starts-exemplars',
    path: new RegExp(String.raw`${METRIC}\.exemplar$`),
    base: { value: "'{.v}'" },
    wrap: (text) => inMetric(`valuetype: counter, path: '{.a}', exemplar: { ${text} }`),
  },
  {
    anchor: 'value',
    table: 0,
    path: new RegExp(
      String.raw`${METRIC}\.(value|timestamp|created|uptime|exemplar\.(value|timestamp)|count|sum|(labels|values)\.\w+|buckets\.(bound|count)|quantiles\.(quantile|value))$`,
    ),
    base: { path: "'{.a}'" },
    wrap: inValue,
  },
  {
    anchor: 'value',
    table: 1,
    path: new RegExp(String.raw`${METRIC}\..*\.regex$`),
    base: {},
    wrap: (text) => inValue(`path: '{.a}', regex: { ${text} }`),
  },
  {
    anchor: 'target',
    path: /^targets\[0\]$/,
    base: { name: 't', url: "'http://t.example/'", module: 'stock' },
    wrap: (text) => `{ modules: { stock: { metrics: [] } }, targets: [{ ${text} }] }`,
  },
  {
    anchor: 'request-budgets',
    path: /^(modules\.m\.max_requests_per|budgets\.\w+)$/,
    base: { requests: '1', interval: '1m' },
    wrap: (text) => inModule(`metrics: [], max_requests_per: { ${text} }`),
  },
  {
    anchor: 'auth',
    path: /^auths\.[\w-]+$/,
    base: { allow: "['https://a.example']", basic_auth: '{ username: zxp }' },
    wrap: (text) =>
      inFile(`auths: { a: { ${text.includes('forward') ? text.replace(/, basic_auth: .*$/, '') : text} } }`),
  },
  {
    anchor: 'digest_auth',
    path: /^(modules\.m|auths\.[\w-]+)\.digest_auth$/,
    base: {},
    wrap: (text) =>
      inModule(`metrics: [], digest_auth: { ${text.includes('username') ? '' : 'username: zxp, '}${text} }`),
  },
  { anchor: 'http_client_config', path: new RegExp(`${CLIENT}$`), base: {}, wrap: inClient },
  {
    anchor: 'registry_token',
    path: /^modules\.m\.registry_token$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], registry_token: { ${text} }`),
  },
  {
    anchor: 'login',
    path: /^modules\.m\.login$/,
    base: { url: '/login', token: "{ path: '{.token}' }" },
    wrap: (text) => inModule(`metrics: [], login: { ${text} }`),
  },
  {
    anchor: 'token-of-a-login',
    path: /^modules\.m\.login\.token$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], login: { url: /login, token: { ${text} } }`),
  },
  {
    anchor: 'send-of-a-login',
    path: /^modules\.m\.login\.send$/,
    base: {},
    wrap: (text) => inModule(`metrics: [], login: { url: /login, token: { header: X-Token }, send: { ${text} } }`),
  },
  ...['basic_auth', 'authorization', 'tls_config'].map((name) => ({
    anchor: name,
    path: new RegExp(String.raw`(${CLIENT}(\.oauth2)?|registry_token|^auths\.a)\.${name}$`),
    base: {},
    wrap: (text: string) => inClient(`${name}: { ${text} }`),
  })),
  {
    anchor: 'oauth2',
    path: new RegExp(String.raw`${CLIENT}\.oauth2$`),
    base: { client_id: 'zxp', token_url: "'https://login.example/'" },
    wrap: (text) => inClient(`oauth2: { ${text} }`),
  },
  {
    anchor: 'http_headers',
    path: new RegExp(String.raw`${CLIENT}\.http_headers\.[\w-]+$`),
    base: {},
    wrap: (text) => inClient(`http_headers: { X-A: { ${text} } }`),
  },
];

/** Maps whose keys are names of the user's own. */
const FREE_MAPS =
  /(^modules|^auths|^budgets|\.(labels|headers|params|values|map|http_headers|proxy_connect_header|endpoint_params|claims))$/;

/** Keys that stand in a metric of `type: value` are those of a value. */
const aliases: ReadonlyMap<string, readonly string[]> = new Map([
  ['metric', ['value']],
  ['auth', ['module', 'http_client_config']],
]);

const title = ({ anchor, table }: Place) => (table === undefined ? anchor : `${anchor}, table ${table + 1}`);

function readKeys({ anchor, table = 0 }: Place): readonly Row[] {
  const headings = readSection(reference, anchor).lines.findIndex((line) => line.startsWith('#'));
  const lines = readSection(reference, anchor).lines.slice(0, headings < 0 ? undefined : headings);
  const tables = listTables(lines).filter(([row]) => row?.has('key') === true);
  const found = tables[table];
  if (found === undefined) throw new Error(`docs/modules.md#${anchor} has no table ${table} of keys`);
  return found;
}

const examples = places.flatMap((place) =>
  readKeys(place)
    .filter((row) => readCode(row.get('example')) !== '')
    .map((row) => ({ place, key: row.get('key') ?? '', example: readCode(row.get('example')) })),
);

const INSTEAD_OF_PATH = ['key', 'cel', 'header', 'status'];

function wrapExample(place: Place, example: string): string {
  const own = Object.keys(parse(`{ ${example} }`));
  const rest = Object.entries(place.base).filter(
    ([key]) => !(own.includes(key) || (key === 'path' && INSTEAD_OF_PATH.some((each) => own.includes(each)))),
  );
  return place.wrap([example, ...rest.map(([key, value]) => `${key}: ${value}`)].join(', '));
}

describe('the reference of modules', () => {
  test.each(examples.map(({ place, key, example }) => [`${title(place)}: ${key}`, place, key, example] as const))(
    'the example of %s is taken, and has the key',
    async (_, place, key, example) => {
      expect((await checkFile(wrapExample(place, example))).problems).toEqual([]);
      expect(Object.keys(parse(`{ ${example} }`))).toContain(key === 'x-...' ? 'x-labels' : key);
    },
  );

  test('every key that the readers ask for is documented where it belongs, and no other', async () => {
    const asked = await listAskedKeys();
    const unknown = [...asked.keys()].filter((path) => !FREE_MAPS.test(path) && findPlaces(path).length === 0);
    expect(unknown, 'parts of a file without a table').toEqual([]);
    for (const place of places) {
      const documented = readColumn(readKeys(place), 'key').filter((key) => key !== 'x-...');
      const known = [...asked].flatMap(([path, keys]) => (place.path.test(path) ? listOwnKeys(path, keys) : []));
      const elsewhere = (aliases.get(place.anchor) ?? []).flatMap((anchor) => listDocumented(anchor));
      const wanted = known.filter((key) => documented.includes(key) || !elsewhere.includes(key));
      expect([...documented].sort(), title(place)).toEqual([...new Set(wanted)].sort());
    }
  });

  test('the words that a key may have stand in its row', async () => {
    for (const [path, keys] of await listAskedKeys()) {
      for (const [key, words] of keys) {
        const rows = findPlaces(path).flatMap((place) => readKeys(place).filter((row) => row.get('key') === key));
        for (const row of rows) {
          const text = [...row.values()].join(' ');
          const missing = words.filter((word) => !text.includes(word) && !/the same/.test(row.get('type') ?? ''));
          expect(missing, `${path}: ${key}`).toEqual([]);
        }
      }
    }
  });

  test.each(readUnitRows('units', 'unit'))('the unit %s makes %s of %s', (unit, gives, text) => {
    const reader = new Map(Object.entries(unitReaders)).get(unit);
    expect(reader?.(text)).toBe(gives);
  });

  test.each(readUnitRows('dates', 'date'))('the date %s makes %s of %s', (format, gives, text) => {
    expect(createDateReader(format)?.(text)).toBe(gives);
  });
});

/** At the top of the file, settings are documented with the settings, and a key of the user's own begins with `x-`. */
function listOwnKeys(path: string, keys: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (path !== '') return [...keys.keys()];
  const settings = new Set(settingRows.flatMap(({ key }) => key?.split('.')[0] ?? []));
  return [...keys.keys()].filter((key) => !settings.has(key) && !key.startsWith('x-'));
}

function listDocumented(anchor: string): readonly string[] {
  return places.filter((place) => place.anchor === anchor).flatMap((place) => readColumn(readKeys(place), 'key'));
}

function findPlaces(path: string): readonly Place[] {
  return places.filter((place) => place.path.test(path));
}

/** What the readers ask for over every example. */
function listAskedKeys(): Promise<AskedKeys> {
  return recordAskedKeys('example.yml', async () => {
    for (const { place, example } of examples) await checkFile(wrapExample(place, example));
  });
}

function readUnitRows(anchor: string, column: string): readonly (readonly [string, number | undefined, string])[] {
  const [rows = []] = listTables(readSection(reference, anchor).lines);
  return rows.map((row) => {
    const gives = row.get('gives') ?? '';
    return [row.get(column) ?? '', gives === 'dropped' ? undefined : Number(gives), row.get('text') ?? ''] as const;
  });
}

describe('the examples of paths', () => {
  const document = parseDocument(paths.fences.find((fence) => fence.language === '')?.lines.join('\n') ?? '');
  const rows = listTables(paths.prose).flatMap((table) => table.filter((row) => row.has('path') && row.has('gives')));

  test('there are some of both languages', () => {
    const written = rows.map((row) => readCell(row.get('path')));
    expect(written.filter((path) => path.startsWith('$')).length).toBeGreaterThan(20);
    expect(written.filter((path) => !path.startsWith('$')).length).toBeGreaterThan(30);
  });

  test.each(rows.map((row) => [readCell(row.get('path')), readCell(row.get('gives'))] as const))(
    '%s gives %s',
    async (path, gives) => {
      expect(await describePath(path, document)).toBe(gives === 'empty text' ? '' : gives);
    },
  );

  test.each(
    (listTables(readSection(paths, 'text-as-a-number').lines)[0] ?? []).map(
      (row) => [row.get('text') ?? '', row.get('gives') ?? ''] as const,
    ),
  )('%s as a number gives %s', (text, gives) => {
    const number = parseSampleValue(text);
    expect(number).toBe(gives === 'dropped' ? undefined : Number(gives.replace('Inf', 'Infinity')));
  });
});

/** What the column "gives" says. */
async function describePath(path: string, document: unknown): Promise<string> {
  const options = { allowMissingKey: false, strictNumbers: false };
  const compile = await loadPathCompiler([path]);
  try {
    const found = compile(path, options).text(document, unlimitedWork);
    return found instanceof PathFailure ? `${found.kind}: ${found.message}` : found;
  } catch (thrown) {
    return `refused: ${thrown instanceof Error ? thrown.message : thrown}`;
  }
}

describe('the YAML of the pages about modules', () => {
  const fences = mappingPages.flatMap((page) => readPage(page).fences).filter((fence) => fence.language === 'yaml');
  const isPrometheus = (fence: Fence) => Object.keys(parse(fence.lines.join('\n'))).includes('scrape_configs');
  const list = (choose: (fence: Fence) => boolean) =>
    fences.filter(choose).map((fence) => [fence.where, fence] as const);

  test.each(list((fence) => !isPrometheus(fence) && !fence.options.has('refused')))(
    '%s is a file that zxp takes',
    async (_, fence) => {
      const { problems, warnings, configuration } = await checkFile(fence.lines.join('\n'));
      expect(problems).toEqual([]);
      // A file of json_exporter's may have some: what differs is what they are about.
      if (configuration?.dialect === 'zxp') expect(warnings).toEqual([]);
    },
  );

  test.each(list((fence) => fence.options.has('refused')))('%s is refused', async (_, fence) => {
    expect((await checkFile(fence.lines.join('\n'))).problems).not.toEqual([]);
  });

  test.for(casesForSystem(list(isPrometheus)))('%s is a configuration of Prometheus', async ([, fence]) => {
    const folder = await mkdtemp(join(tmpdir(), 'zxp-docs-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, fence.lines.join('\n'));
    await promisify(execFile)('promtool', ['check', 'config', file]);
  });
});

test('moving from json_exporter answers each of the twenty wishes, with a link or a reason', () => {
  const [wishes = []] = listTables(
    readSection(readPage('docs/moving-from-json-exporter.md'), 'what-people-asked-of-json_exporter').lines,
  );
  expect(wishes).toHaveLength(20);
  const bare = wishes.filter((row) => !/\]\([a-z-]*\.md#|not supported/.test(row.get('zxp') ?? ''));
  expect(bare.map((row) => row.get('wish'))).toEqual([]);
});
