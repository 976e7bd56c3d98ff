/** Writes results as the one table, with what a reader needs to know of the run below it. */
import { readRecorded } from './recorded.mjs';

export function renderTable(results, facts, before) {
  const go = readRecorded();
  const head = ['figure', 'Go', 'naive', 'ours', 'target', 'verdict', 'spread'];
  const rows = results.map((result) => [
    result.name,
    formatRatio(go.figures[result.name]),
    formatRatio(result.naive?.median),
    formatRatio(result.ours?.median),
    formatTarget(result.target),
    result.verdict,
    result.ours === undefined ? '-' : `${formatRatio(result.ours.min)} - ${formatRatio(result.ours.max)}`,
  ]);
  if (before !== undefined) {
    head.push('ours / before');
    for (const [i, row] of rows.entries()) row.push(formatChange(results[i], before));
  }
  return `${alignColumns([head, ...rows])}\n${describeRun(facts, before)}${describeGo(go)}${listErrors(results)}`;
}

function alignColumns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  const [head, ...rest] = rows.map(line);
  return [head, '-'.repeat(head.length), ...rest, ''].join('\n');
}

function describeRun(facts, before) {
  const lines = [
    `zxp ${facts.zxp} (${facts.commit}), node ${facts.node}, ${facts.machine}, ${facts.cores} cores, load by ${facts.loader}`,
    `${facts.date}, ${facts.seconds} s, load average at the start ${facts.loadAverage}`,
  ];
  if (facts.mode === 'short') lines.push('short run: the numbers show that it runs, and no more');
  if (facts.isDistStale) lines.push('dist/ is older than src/: npm run build');
  if (before !== undefined) lines.push(`before: ${before.label}`);
  return `${lines.join('\n')}\n`;
}

/** What the column of the exporters in Go is. */
export function describeGo({ what, date }) {
  return `Go: recorded ${date}: ${what}.\n`;
}

function listErrors(results) {
  return results
    .filter((result) => result.error !== undefined)
    .map((result) => `${result.verdict}: ${result.name}: ${result.error}\n`)
    .join('');
}

function formatChange({ name, ours }, before) {
  return formatRatio(ours === undefined ? undefined : ours.median / (before.medians.get(name) ?? Number.NaN));
}

export function formatTarget({ max, min }) {
  if (max !== undefined) return `<= ${max}`;
  return min === undefined ? '-' : `>= ${min}`;
}

/** Three digits are more than the machine can promise. */
export function formatRatio(ratio) {
  if (ratio === undefined || Number.isNaN(ratio)) return '-';
  return ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2);
}
