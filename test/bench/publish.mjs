/**
 * Writes the figures of `test/bench/results/` into docs/performance.md, between its markers, and draws
 * docs/performance.svg: `npm run bench:docs`. The same runs give the same bytes. `--check` changes nothing and ends with
 * 1 where a file is not what the runs say. The repository is this one, or the folder that is named.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './dist.mjs';
import { renderChart } from './publish/chart.mjs';
import { readResults } from './publish/results.mjs';
import { renderCosts, renderFigures } from './publish/tables.mjs';

const PAGE = 'docs/performance.md';
const CHART = 'docs/performance.svg';

try {
  process.exitCode = publish(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench:docs: error: ${error.message}\n`);
  process.exitCode = 1;
}

function publish(args) {
  const options = { check: { type: 'boolean', default: false } };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [repository = root] = positionals;
  const files = makeFiles(repository);
  const stale = Object.keys(files).filter((path) => readIfThere(join(repository, path)) !== files[path]);
  if (values.check) {
    for (const path of stale) process.stderr.write(`${path} is not what the runs say: npm run bench:docs\n`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const path of stale) writeFileSync(join(repository, path), files[path]);
  process.stdout.write(stale.length === 0 ? 'nothing has changed\n' : `${stale.join('\n')}\n`);
  return 0;
}

function makeFiles(repository) {
  const results = readResults(join(repository, 'test/bench/results'));
  const page = readFileSync(join(repository, PAGE), 'utf8');
  const withCosts = replaceBetween(page, 'costs', renderCosts(results));
  return { [PAGE]: replaceBetween(withCosts, 'figures', renderFigures(results)), [CHART]: renderChart(results) };
}

/** Throws where the page does not have each marker once. */
function replaceBetween(page, name, content) {
  const start = `<!-- ${name}: written by npm run bench:docs -->\n`;
  const end = `<!-- end of ${name} -->\n`;
  const parts = page.split(start);
  const rest = parts[1]?.split(end) ?? [];
  if (parts.length !== 2 || rest.length !== 2) throw new Error(`${PAGE} must have the markers of ${name} once`);
  return `${parts[0]}${start}\n${content}\n${end}${rest[1]}`;
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
