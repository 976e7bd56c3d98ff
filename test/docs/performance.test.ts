import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { repository } from './pages.js';

const PAGE = 'docs/performance.md';
const CHART = 'docs/performance.svg';
const RUN = 'test/bench/results/run.json';

/** `npm run bench:docs -- ARGS`. */
function publish(...args: readonly string[]) {
  const script = join(repository, 'test/bench/publish.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { status, stderr };
}

test('tables and chart are what the script makes of the runs in the repository', () => {
  expect(publish('--check')).toEqual({ status: 0, stderr: '' });
});

test('each figure that was recorded of the exporters in Go is one of ours', () => {
  const list = "import { listFigures } from './figures.mjs'; import { readRecorded } from './recorded.mjs';";
  const print =
    'const ours = listFigures({ short: false }).map(({ name }) => name);' +
    'console.log(Object.keys(readRecorded().figures).filter((name) => !ours.includes(name)).join());';
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', list + print], {
    cwd: join(repository, 'test/bench'),
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: '\n', stderr: '' });
});

describe('in a repository of its own', () => {
  let folder: TemporaryFolder;
  const read = (path: string) => readFileSync(join(folder.path, path), 'utf8');

  beforeEach(() => {
    folder = makeTemporaryFolder();
    for (const name of ['docs', 'test/bench/results']) mkdirSync(join(folder.path, name), { recursive: true });
    cpSync(join(repository, PAGE), join(folder.path, PAGE));
    writeRun('full', 1.5);
  });

  afterEach(() => folder.close());

  function writeRun(mode: string, ours: number): void {
    const summary = { median: ours, min: 1.25, max: 1.75 };
    const facts = { date: '2026-01-02T03:04:05.000Z', mode, zxp: '1.2.3', commit: 'abc', node: 'v20.19.0' };
    const machine = { machine: 'linux x64', cores: 2, loader: 'wrk' };
    const figures = [
      { name: 'cost, small', target: { max: 2 }, series: 20, ours: summary, costMs: { floor: 0.01, ours: 0.1 } },
      { name: 'cost, large', target: {}, series: 5000, ours: summary, costMs: { floor: 1, ours: 2, naive: 8 } },
      { name: 'left out', target: { min: 3 }, verdict: 'skipped' },
    ];
    writeFileSync(join(folder.path, RUN), JSON.stringify({ ...facts, ...machine, figures }));
  }

  test('a second writing changes no byte', () => {
    expect(publish(folder.path).status).toBe(0);
    const [page, chart] = [read(PAGE), read(CHART)];
    expect(publish(folder.path).status).toBe(0);
    expect([read(PAGE), read(CHART)]).toEqual([page, chart]);
    expect(publish('--check', folder.path).status).toBe(0);
  });

  test('the page has the figures, costs and versions of the run, and keeps its text', () => {
    publish(folder.path);
    const written = read(PAGE);
    expect(written).toContain('| cost, small | - | - | <= 2 | 1.50 (1.25 - 1.75) |\n');
    expect(written).toContain('| left out | - | - | >= 3 | - |\n');
    expect(written).toContain('| 5,000 | 1 ms | 2 ms | 8 ms | 500 |\n');
    expect(written).toContain(
      'Node 20.19.0: one run of zxp 1.2.3 (abc), linux x64, 2 cores, load by wrk, 2026-01-02.\n',
    );
    const prose = (page: string) => page.replaceAll(/(<!-- (\w+): .*?-->).*?<!-- end of \2 -->/gs, '');
    expect(prose(written)).toBe(prose(readFileSync(join(repository, PAGE), 'utf8')));
  });

  test('--check names what differs from the runs, and changes nothing', () => {
    publish(folder.path);
    const page = read(PAGE);
    writeRun('full', 2.5);
    expect(publish('--check', folder.path)).toEqual({
      status: 1,
      stderr: `${PAGE} is not what the runs say: npm run bench:docs\n`,
    });
    expect(read(PAGE)).toBe(page);
  });

  test('a median on the wrong side of its target is called missed', () => {
    writeRun('full', 2.5);
    publish(folder.path);
    expect(read(PAGE)).toContain('| cost, small | - | - | <= 2 | 2.50 (1.25 - 1.75), missed |\n');
  });

  test('a short run is refused', () => {
    writeRun('short', 1.5);
    expect(publish(folder.path)).toEqual({
      status: 1,
      stderr: 'bench:docs: error: a short run says nothing: run.json\n',
    });
  });

  test('a page without the markers is refused', () => {
    writeFileSync(join(folder.path, PAGE), '# Performance\n');
    expect(publish(folder.path)).toEqual({
      status: 1,
      stderr: `bench:docs: error: ${PAGE} must have the markers of costs once\n`,
    });
  });
});
