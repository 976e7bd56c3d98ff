import type { AgentReport, PathReport, ProxyReport } from '../../model/proxy.js';
import { formatAge } from './age.js';
import { escapeHtml } from './html.js';

/** The stylesheet of the proxy's page: the policy of the page allows none inside it. */
export const PROXY_STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; } h1 small { font-weight: normal; opacity: .7; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.bad { font-weight: bold; } td.bad small { font-weight: normal; }
code { font-family: ui-monospace, monospace; }
nav a { margin-right: 1rem; }
`;

export interface ProxyPageFacts {
  readonly version: string;
  readonly report: ProxyReport;
  /** Where `http_sd_configs` finds the paths, if anywhere. */
  readonly discoveryPath: string | undefined;
}

/** More rows are not written: a page is for people. */
const MAX_ROWS = 1000;

/** The page at `/` of a proxy: its agents, its paths and how their last scrapes went. Works without scripts. */
export function renderProxyPage({ version, report, discoveryPath }: ProxyPageFacts): string {
  const links = ['/-/metrics', '/-/healthy', '/-/ready', ...(discoveryPath === undefined ? [] : [`/${discoveryPath}`])];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>zxp proxy</title>
<link rel="stylesheet" href="/-/style.css">
</head>
<body>
<main>
<h1>zxp proxy <small>${escapeHtml(version)}</small></h1>
<nav>${links.map((path) => `<a href="${escapeHtml(path)}"><code>${escapeHtml(path)}</code></a>`).join('\n')}</nav>
${renderAgents(report.agents)}
${renderPaths(report.paths)}
</main>
</body>
</html>
`;
}

function renderAgents(agents: readonly AgentReport[]): string {
  const head = ['Agent', 'Host', 'Identity', 'Address', 'Transport', '#Connected', '#Last heard', '#Paths'];
  const rows = agents.map((agent) => [
    text(agent.name),
    text(agent.host),
    text(agent.identity ?? 'none'),
    code(agent.address),
    text(agent.isEncrypted ? 'TLS' : 'plaintext'),
    number(formatAge(agent.connectedForMs)),
    number(formatAge(agent.silentForMs)),
    number(String(agent.paths)),
  ]);
  return renderTable({ title: 'Agents', head, rows, none: 'No agent is connected.' });
}

function renderPaths(paths: readonly PathReport[]): string {
  const head = [
    'Path',
    'Agents',
    'Target',
    'Last status',
    'Outcome',
    '#Last scrape',
    '#Duration',
    '#Scrapes',
    '#Errors',
  ];
  const rows = paths.map(({ path, agents, targetUrl, last, scrapes, errors }) => [
    `<td><a href="/${escapeHtml(encodeURI(path))}"><code>/${escapeHtml(path)}</code></a></td>`,
    text(agents.join(', ')),
    code(targetUrl),
    last !== undefined && last.status > 299 ? `<td class="bad">${last.status}</td>` : text(String(last?.status ?? '')),
    renderOutcome(last),
    number(last === undefined ? '' : formatAge(last.agoMs)),
    number(last === undefined ? '' : `${(last.durationMs / 1000).toFixed(3)} s`),
    number(String(scrapes)),
    number(String(errors)),
  ]);
  return renderTable({ title: 'Paths', head, rows, none: 'No path is registered.' });
}

function renderOutcome(last: PathReport['last']): string {
  if (last === undefined) return text('never scraped');
  if (last.reason === undefined) return text(last.outcome);
  return `<td class="bad">${escapeHtml(last.outcome)}<br><small>${escapeHtml(last.reason)}</small></td>`;
}

interface Table {
  readonly title: string;
  /** A number sign marks columns of numbers. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly none: string;
}

function renderTable({ title, head, rows, none }: Table): string {
  const heading = `<h2>${title} (${rows.length})</h2>`;
  if (rows.length === 0) return `${heading}\n<p>${none}</p>`;
  const columns = head.map((name) =>
    name.startsWith('#') ? `<th scope="col" class="number">${name.slice(1)}</th>` : `<th scope="col">${name}</th>`,
  );
  const shown = rows.slice(0, MAX_ROWS).map((cells) => `<tr>${cells.join('')}</tr>`);
  const rest = rows.length > MAX_ROWS ? `<p>${rows.length - MAX_ROWS} more are not shown.</p>` : '';
  return `${heading}
<div class="table"><table>
<thead><tr>${columns.join('')}</tr></thead>
<tbody>
${shown.join('\n')}
</tbody>
</table></div>${rest}`;
}

function text(value: string): string {
  return `<td>${escapeHtml(value)}</td>`;
}

function code(value: string): string {
  return value === '' ? '<td></td>' : `<td><code>${escapeHtml(value)}</code></td>`;
}

function number(value: string): string {
  return `<td class="number">${escapeHtml(value)}</td>`;
}
