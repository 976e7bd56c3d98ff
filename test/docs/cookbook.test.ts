import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { scrapeSource, writeFamilies } from '../../src/app/scrape-source.js';
import { loadSettings } from '../../src/cli/settings-source.js';
import { parseExposition } from '../support/exposition-parser.js';
import { checkFile, mappingPages, readCell } from './mapping-pages.js';
import { type Fence, listHeadings, listLinks, listTables, readPage, readSection, repository } from './pages.js';

const page = readPage('docs/cookbook.md');
const folder = join(repository, 'fixtures/cookbook');
const files = readdirSync(folder);
const listNames = (extension: string) =>
  files
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .sort();
const names = listNames('.yml');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

/** The reply of an example: a document, or a document per line. */
const findReply = (name: string) => `${name}${files.includes(`${name}.ndjson`) ? '.ndjson' : '.json'}`;

/** Of the variables that the modules name, none matters here: nothing is asked. */
const environment = { GITHUB_TOKEN: 'x', JENKINS_API_TOKEN: 'x', UNIFI_API_KEY: 'x' };

test('there are at least twelve examples, each a document, a module of its name, and an exposition', () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
  expect([...listNames('.json'), ...listNames('.ndjson')].sort()).toEqual(names);
  expect(listNames('.prom')).toEqual(names);
});

describe.each(names)('%s', (name) => {
  test('the document by the module gives the exposition, and drops nothing', async () => {
    const { text, dropped } = await scrape(name);
    expect(text).toBe(read(`${name}.prom`));
    parseExposition(text, 'text');
    expect(dropped).toEqual([]);
  });

  test('the file is zxp’s own, without problems and warnings, and says whom the module may ask', async () => {
    const { problems, warnings, configuration } = await checkFile(read(`${name}.yml`));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(configuration?.dialect).toBe('zxp');
    expect([...(configuration?.modules.keys() ?? [])]).toEqual([name]);
    const module = configuration?.modules.get(name);
    expect([...(module?.allow ?? []), ...(configuration?.targets ?? [])]).not.toEqual([]);
  });

  test('the page shows the file, links the others, and quotes the exposition', () => {
    const fences = page.fences.filter((fence) => `${fence.lines.join('\n')}\n` === read(`${name}.yml`));
    expect(fences).toHaveLength(1);
    const links = listLinks(page).map((link) => link.target);
    expect(links).toEqual(
      expect.arrayContaining([`../fixtures/cookbook/${findReply(name)}`, `../fixtures/cookbook/${name}.prom`]),
    );
    const quoted = page.fences[page.fences.indexOf(fences[0] as Fence) + 1];
    const samples = read(`${name}.prom`).split('\n');
    expect(quoted?.language).toBe('');
    expect(quoted?.lines.filter((line) => !samples.includes(line))).toEqual([]);
  });
});

test('the table of contents has each of them', () => {
  const [contents = []] = listTables(readSection(page, 'cookbook').lines);
  const anchors = listHeadings(page)
    .filter((heading) => heading.level === 2)
    .map((heading) => `#${heading.anchor}`);
  expect(contents.map((row) => /\((#.*)\)/.exec(row.get('api') ?? '')?.[1])).toEqual(anchors);
  expect(contents).toHaveLength(names.length);
});

/** What goes beyond one request and one document, and the steps of values that are easily overlooked. */
const shown = [
  ['at', 'auth', 'auths', 'base', 'budget', 'budgets', 'cel', 'coalesce', 'date', 'decode', 'digest_auth', 'discover'],
  ['fail_if', 'follow', 'format', 'forward_authorization', 'header', 'json', 'max_requests_per', 'min_interval'],
  ['pages', 'prefix', 'stale_on_error', 'status', 'timezone', 'valid_status_codes'],
].flat();

/** The keys of a file, without those that it chooses itself: names of labels, values, parameters and headers. */
function listKeys(value: unknown, isOwn = true): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isNamed = !Array.isArray(value) && /^(labels|values|params|headers|map|modules|auths)$/.test(key);
    return [...(isOwn ? [key] : []), ...listKeys(inner, !isNamed)];
  });
}

const keys = new Set(names.flatMap((name) => listKeys(parse(read(`${name}.yml`)))));

test.each(shown)('an example has the key %s', (key) => {
  expect(keys).toContain(key);
});

describe('the requests of the examples', () => {
  test.each([
    ['open-meteo', '', ['current', 'wind_speed_unit']],
    ['elasticsearch', '', ['level']],
    ['php-fpm', '', ['json', 'full']],
    ['jenkins', '', ['tree']],
    ['tasmota', '', ['cmnd']],
    ['registry-catalog', '', ['n']],
    ['open-meteo-forecast', '', ['timezone', 'forecast_hours', 'forecast_days', 'hourly', 'daily', 'wind_speed_unit']],
    ['solcast', '', ['format', 'hours']],
    ['victorialogs', '', ['query']],
  ])('%s adds parameters', async (name, query, parameters) => {
    const request = await render(name, query);
    expect(request.params.map(([parameter]) => parameter)).toEqual(parameters);
    expect(request.params.flatMap(([, value]) => value).filter((value) => /\s{2}|\n/.test(value))).toEqual([]);
    expect(request.plan.method).toBe('GET');
  });

  test('shop-stock sends the tenant of the probe', async () => {
    expect((await render('shop-stock', 'target=north&tenant=acme')).plan.headers).toEqual([['X-Tenant', 'acme']]);
    expect((await render('shop-stock', 'target=north')).plan.headers).toEqual([['X-Tenant', 'main']]);
  });

  test('gitlab-graphql posts JSON with the project of the probe, whatever is in its name', async () => {
    const project = 'acme/"stock"room';
    const { plan } = await render('gitlab-graphql', `project=${encodeURIComponent(project)}`);
    expect(plan.method).toBe('POST');
    expect(plan.headers).toEqual([['Content-Type', 'application/json']]);
    expect(JSON.parse(plan.body ?? '')).toEqual({
      query: expect.stringMatching(/^query\(\$path: ID!\) \{ project\(fullPath: \$path\) \{ .* \} \}$/),
      variables: { path: project },
    });
  });

  test('gitlab-graphql counts the errors of an answer that has nothing else', async () => {
    const { text, dropped } = await scrape('gitlab-graphql', '{"errors": [{"message": "no such field"}]}');
    expect(text).toMatch(/^gitlab_errors 1$/m);
    expect(dropped).toEqual(['target_scrape_samples_dropped{cause="missing"} 3']);
  });
});

test('every link to the cookbook from the pages about modules names what is shown there', () => {
  const rows = mappingPages
    .flatMap((path) => listTables(readPage(path).prose).flat())
    .map((row) => readCell(row.get('zxp')))
    .filter((cell) => cell.includes('cookbook.md#'));
  expect(rows.length).toBeGreaterThan(10);
});

/** What `zxp scrape --config.file NAME.yml --module NAME NAME.json` prints, without zxp's own facts, and what it drops. */
async function scrape(name: string, document?: string) {
  const context = {
    environment,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    pid: 1,
    version: '0.0.0',
    nodeVersion: process.version,
    stopped: async () => undefined,
    onHangup: () => undefined,
  };
  const values = new Map([
    ['config.file', [join(folder, `${name}.yml`)]],
    ['module', [name]],
  ]);
  const configuration = await loadSettings(context, { values, problems: [], words: [] });
  if (document !== undefined) context.stdin.end(document);
  const { registry } = await scrapeSource({
    ...context,
    source: document === undefined ? join(folder, findReply(name)) : '-',
    configuration,
    headers: [],
  });
  let text = '';
  for await (const chunk of writeFamilies(registry, 'text')) text += chunk.toString();
  const lines = text.split('\n');
  return {
    text: lines.filter((line) => !/^(# (HELP|TYPE) )?target_(up|scrape_)/.test(line)).join('\n'),
    dropped: lines.filter((line) => /^target_scrape_samples_dropped.* [^0]/.test(line)),
  };
}

async function render(name: string, query: string) {
  const module = (await checkFile(read(`${name}.yml`))).modules.get(name);
  if (module === undefined) throw new Error(`there is no module ${name}`);
  const parameters = new URLSearchParams(query);
  return module.renderRequest(new Map([...parameters.keys()].map((key) => [key, parameters.getAll(key)])));
}

test('the files of the examples have no path of a machine and no real secret', () => {
  const found = files.filter((file) => /\/(home|root|work|Users)\/|BEGIN [A-Z ]*PRIVATE/.test(read(file)));
  expect(found).toEqual([]);
  expect(names.map((name) => Object.keys(parse(read(`${name}.yml`)).modules))).toEqual(names.map((name) => [name]));
});
