/** The tables of docs/performance.md. */
import { judge } from '../figure.mjs';
import { readRecorded } from '../recorded.mjs';
import { describeGo, formatRatio, formatTarget } from '../table.mjs';

/** Every figure with its target, a column for each version of Node, and the versions below. */
export function renderFigures(results) {
  const go = readRecorded();
  const names = [...new Set(results.flatMap(({ figures }) => figures.map((figure) => figure.name)))];
  const rows = names.map((name) => {
    const measured = results.map(({ figures }) => figures.find((figure) => figure.name === name));
    const [first] = measured.filter((figure) => figure !== undefined);
    const naive = measured.find((figure) => figure?.naive !== undefined)?.naive;
    return [
      name,
      formatRatio(go.figures[name]),
      formatRatio(naive),
      formatTarget(first.target),
      ...measured.map(formatOurs),
    ];
  });
  const head = ['figure', 'Go', 'naive', 'target', ...results.map(({ node }) => `zxp, Node ${node.slice(1)}`)];
  return `${renderTable(head, rows)}${results.map(describeRuns).join('')}\n${describeGo(go)}`;
}

/** CPU time of one scrape by size, of the oldest Node. */
export function renderCosts([{ figures }]) {
  const rows = figures
    .filter((figure) => figure.costMs !== undefined)
    .map(({ series, costMs }) => [
      series.toLocaleString('en'),
      formatTime(costMs.floor),
      formatTime(costMs.ours),
      formatTime(costMs.naive),
      formatRate(1000 / costMs.ours),
    ]);
  return renderTable(['series', '`JSON.parse` alone', 'zxp', 'naive', 'scrapes a second and core'], rows);
}

function formatOurs(figure) {
  if (figure?.ours === undefined) return '-';
  const { ours, target } = figure;
  const verdict = judge(ours, target) === 'missed' ? ', missed' : '';
  return `${formatRatio(ours.median)} (${formatRatio(ours.min)} - ${formatRatio(ours.max)})${verdict}`;
}

function describeRuns({ node, runs }) {
  const [{ zxp, machine, cores, loader }] = runs;
  const list = (read) => [...new Set(runs.map(read))].sort().join(', ');
  const times = runs.length === 1 ? 'one run' : `${runs.length} runs`;
  const commits = list((run) => run.commit);
  const days = list((run) => run.date.slice(0, 10));
  return `\nNode ${node.slice(1)}: ${times} of zxp ${zxp} (${commits}), ${machine}, ${cores} cores, load by ${loader}, ${days}.\n`;
}

function renderTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}

/** Two digits: more would say what the machine did that day. */
export function formatTime(ms) {
  if (ms === undefined) return '-';
  if (ms < 1) return `${Number((ms * 1000).toPrecision(2))} µs`;
  return ms < 1000 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1000).toPrecision(2))} s`;
}

function formatRate(perSecond) {
  return Number(perSecond.toPrecision(2)).toLocaleString('en');
}
