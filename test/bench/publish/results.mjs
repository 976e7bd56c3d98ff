/** The runs whose figures the docs show: every file of `test/bench/results/`, runs of the same Node together. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../statistics.mjs';

/**
 * One entry for each version of Node, the oldest first: `{node, runs, figures}`. A figure has the median of its runs'
 * medians, the lowest and the highest round of all of them, and is missed where that median misses the target.
 * Throws where there is no run, or a short one.
 */
export function readResults(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const runs = names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const short = names.filter((_, i) => runs[i].mode !== 'full');
  if (names.length === 0) throw new Error(`there is no run in ${folder}`);
  if (short.length > 0) throw new Error(`a short run says nothing: ${short.join(', ')}`);
  const versions = [...new Set(runs.map((run) => run.node))].sort(compareVersions);
  return versions.map((node) =>
    summarizeRuns(
      node,
      runs.filter((run) => run.node === node),
    ),
  );
}

function summarizeRuns(node, runs) {
  const names = [...new Set(runs.flatMap((run) => run.figures.map((figure) => figure.name)))];
  const figures = names.map((name) =>
    summarizeFigure(runs.flatMap((run) => run.figures.filter((figure) => figure.name === name))),
  );
  return { node, runs, figures };
}

function summarizeFigure(measured) {
  const [{ name, target, series }] = measured;
  const whole = measured.filter((figure) => figure.ours !== undefined);
  if (whole.length === 0) return { name, target, series };
  const ours = {
    median: median(whole.map((figure) => figure.ours.median)),
    min: Math.min(...whole.map((figure) => figure.ours.min)),
    max: Math.max(...whole.map((figure) => figure.ours.max)),
  };
  return {
    name,
    target,
    series,
    ours,
    naive: medianOf(whole, (figure) => figure.naive?.median),
    costMs: readCosts(whole),
  };
}

function readCosts(figures) {
  if (figures.every((figure) => figure.costMs === undefined)) return undefined;
  const read = (key) => medianOf(figures, (figure) => figure.costMs?.[key]);
  return { floor: read('floor'), ours: read('ours'), naive: read('naive') };
}

function medianOf(figures, read) {
  const values = figures.map(read).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

function compareVersions(left, right) {
  return left.localeCompare(right, 'en', { numeric: true });
}
