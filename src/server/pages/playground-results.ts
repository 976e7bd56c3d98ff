import { countOf } from '../../model/count.js';
import type { EvaluatedMetric, EvaluatedScrape, Evaluation, PlaygroundProblem } from '../../model/playground.js';
import { escapeHtml } from './html.js';

/** What a mapping makes of a document: problems, exposition, matches of each path, and why samples are missing. */
export function renderEvaluation(evaluation: Evaluation): string {
  const { problems, modules, module, scrape } = evaluation;
  const data = `data-modules="${escapeHtml(JSON.stringify(modules.slice(0, 200)))}" data-module="${escapeHtml(module ?? '')}"`;
  return `<div id="results" ${data}>
<p class="outcome" data-summary="${escapeHtml(summarize(evaluation))}">${renderOutcome(evaluation)}</p>
${renderProblems(problems)}
${scrape === undefined ? '' : renderScrape(scrape)}
</div>`;
}

/** For those who do not see it, in a sentence. */
function summarize({ problems, scrape }: Evaluation): string {
  const found = countProblems(problems);
  if (scrape === undefined) return `The mapping is not valid: ${found.join(', ')}.`;
  const outcome = scrape.up
    ? `${countOf(scrape.samples, 'sample')}, ${scrape.dropped} dropped`
    : `target down, ${scrape.reason}: ${scrape.message}`;
  return `${[outcome, ...found].join('; ')}.`;
}

function countProblems(problems: readonly PlaygroundProblem[]): readonly string[] {
  return (['error', 'warning'] as const).flatMap((severity) => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    return count === 0 ? [] : [countOf(count, severity)];
  });
}

function renderOutcome({ scrape }: Evaluation): string {
  if (scrape === undefined) return '<strong class="down">not valid</strong> Nothing is scraped with this mapping.';
  const { up, samples, dropped, reason = '', message = '', hint, evidence } = scrape;
  if (up) return `<strong class="up">target_up 1</strong> ${countOf(samples, 'sample')}, ${dropped} dropped`;
  const lines = [
    `<strong class="down">target_up 0</strong> <strong>${escapeHtml(reason)}</strong> ${escapeHtml(message)}`,
    ...(evidence === undefined ? [] : [`found: ${escapeHtml(evidence)}`]),
    ...(hint === undefined ? [] : [`hint: ${escapeHtml(hint)}`]),
  ];
  return lines.join('<br>');
}

function renderProblems(problems: readonly PlaygroundProblem[]): string {
  if (problems.length === 0) return '';
  const items = problems.map((problem) => {
    const { severity, path, message, hint } = problem;
    const where = path === '' ? '' : ` <code>${escapeHtml(path)}</code>`;
    const todo = hint === undefined ? '' : `<br><small>hint: ${escapeHtml(hint)}</small>`;
    return `<li data-severity="${severity}"><strong class="${severity === 'error' ? 'down' : 'unknown'}">${severity}</strong> ${renderPlace(problem)}${where} <span>${escapeHtml(message)}</span>${todo}</li>`;
  });
  return `<h3>Problems</h3>\n<ul id="problems">\n${items.join('\n')}\n</ul>`;
}

/** A link to the mapping; the script of the page goes to the very place. */
function renderPlace({ line, column }: Pick<PlaygroundProblem, 'line' | 'column'>): string {
  return `<a href="#mapping" data-line="${line}" data-column="${column}">line ${line}, column ${column}</a>`;
}

function renderScrape(scrape: EvaluatedScrape): string {
  const [own, facts] = splitExposition(scrape.exposition);
  const shown =
    own === ''
      ? '<p>No sample of the document.</p>'
      : `<pre tabindex="0" aria-label="Metrics">${escapeHtml(own)}</pre>`;
  const rest =
    facts === ''
      ? ''
      : `<details><summary>What zxp adds to each scrape</summary>
<pre tabindex="0" aria-label="Metrics of the scrape">${escapeHtml(facts)}</pre></details>`;
  return `<h3>Metrics</h3>
${shown}
${scrape.isCut ? '<p>And more: the metrics are cut here.</p>' : ''}
${rest}
${renderMetrics(scrape.metrics)}
${renderDrops(scrape)}`;
}

/** In front of the families of the scrape itself, and from there on. */
function splitExposition(exposition: string): readonly [own: string, facts: string] {
  const start = exposition.search(/^# (HELP|TYPE) target_up /m);
  return start < 0 ? [exposition, ''] : [exposition.slice(0, start), exposition.slice(start)];
}

function renderMetrics(metrics: readonly EvaluatedMetric[]): string {
  if (metrics.length === 0) return '';
  const rows = metrics.map((metric) => {
    const failures = metric.failures.map(escapeHtml).join('<br>');
    return `<tr><td data-label="Metric">${escapeHtml(metric.name)}<br><small>${renderPlace(metric)}</small></td>
<td data-label="Path"><code>${escapeHtml(metric.path === '' ? '(empty)' : metric.path)}</code></td>
<td class="number" data-label="Matched">${metric.elements}</td>
<td class="number" data-label="Samples">${metric.samples}</td>
<td data-label="What is missing">${failures}</td></tr>`;
  });
  return `<h3 id="matches">What each path matched</h3>
<div class="table" role="region" aria-labelledby="matches" tabindex="0"><table>
<thead><tr><th scope="col">Metric</th><th scope="col">Path</th><th scope="col" class="number">Matched</th><th scope="col" class="number">Samples</th><th scope="col">What is missing</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;
}

function renderDrops({ dropped, drops }: EvaluatedScrape): string {
  if (dropped === 0) return '';
  const items = drops.map(
    ({ cause, where, message }) =>
      `<li><strong>${cause}</strong> <code>${escapeHtml(where)}</code> ${escapeHtml(message)}</li>`,
  );
  const rest = drops.length < dropped ? `<p>${countOf(dropped, 'sample')} in all; the first are here.</p>` : '';
  return `<h3>Dropped samples</h3>\n<ul>\n${items.join('\n')}\n</ul>\n${rest}`;
}
