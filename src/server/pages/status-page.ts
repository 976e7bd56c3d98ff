import { countOf } from '../../model/count.js';
import type { Problem } from '../../model/errors.js';
import type { PastScrape, TargetHistory } from '../../model/scrape-history.js';
import { formatAge } from './age.js';
import { escapeHtml } from './html.js';
import { renderPage } from './page.js';
import {
  listForeign,
  listRows,
  type NamedTarget,
  pickRows,
  type RowPage,
  type SortKey,
  type TableView,
  type TargetRow,
  type TargetState,
  targetStates,
  writeView,
} from './target-rows.js';
import { renderTimeline } from './timeline.js';

/** What the status page shows: nothing that a caller with credentials of its own sent or received. */
export interface StatusFacts {
  readonly version: string;
  readonly targets: readonly NamedTarget[];
  readonly histories: readonly TargetHistory[];
  /** Each module with whose credentials go to its targets, in one sentence. */
  readonly modules: readonly { readonly name: string; readonly credentials: string }[];
  /** Of the active configuration. */
  readonly warnings: readonly Problem[];
  /** The active settings as YAML, without secrets. */
  readonly settings: string;
  /** The last time that the configuration was read, at the start or later. */
  readonly lastReload: { readonly atMs: number; readonly isSuccessful: boolean };
  /** Whether a browser may have use for credentials that it would not send by itself. */
  readonly offersLogin: boolean;
  readonly lifecycle: boolean;
  /** Further pages, by their paths. */
  readonly links: readonly (readonly [path: string, meaning: string])[];
  /** In front of every path, as clients see it. */
  readonly prefix: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** Of modules and of warnings; there may be thousands. */
const MAX_LISTED = 50;
/** Of a message in the table. */
const MAX_MESSAGE_LENGTH = 160;
/** Of the settings; lists in them may be long. */
const MAX_SETTINGS_LENGTH = 16_000;

/** The page at `/`: how the targets are, and with what zxp runs. Works without scripts, by keyboard and on a narrow screen. */
export function renderStatusPage(facts: StatusFacts, view: TableView): string {
  const rows = listRows(facts.targets, facts.histories);
  const down = rows.filter(({ state }) => state === 'down').length;
  return renderPage({
    title: down === 0 ? 'zxp' : `zxp: ${down} down`,
    prefix: facts.prefix,
    main: `<h1>zxp <small>${escapeHtml(facts.version)}</small></h1>
${renderNavigation(facts)}
${renderTargets(facts, rows, view)}
${renderModules(facts)}
${renderConfiguration(facts)}`,
  });
}

function renderNavigation({ links, prefix, offersLogin }: StatusFacts): string {
  const items = links.map(
    ([path, meaning]) =>
      `<a href="${escapeHtml(prefix + path)}" title="${escapeHtml(meaning)}">${escapeHtml(path)}</a>`,
  );
  const login = offersLogin ? [`<a href="${escapeHtml(prefix)}/?login">Sign in</a>`] : [];
  return `<nav aria-label="Pages">${[...items, ...login].join('\n')}</nav>`;
}

function renderTargets(facts: StatusFacts, rows: readonly TargetRow[], view: TableView): string {
  const picked = pickRows(rows, view);
  const heading = `<h2 id="targets">Targets</h2>`;
  if (rows.length === 0) {
    return `${heading}\n<p>No target is named, and none was scraped yet: <code>/probe?module=MODULE&amp;target=URL</code>.</p>\n${renderForeign(facts)}`;
  }
  return `${heading}
${renderCounts(rows, view, facts.prefix)}
${renderFilter(view, facts.prefix)}
${renderTable(facts, picked, view)}
${renderPages(picked, view, facts.prefix)}
${renderForeign(facts)}`;
}

function renderCounts(rows: readonly TargetRow[], view: TableView, prefix: string): string {
  const link = (state: TargetState | undefined, count: number) => {
    const current = view.state === state ? ' aria-current="true"' : '';
    return `<a href="${href(prefix, { ...view, state, page: 1 })}"${current}>${count} ${state ?? 'in all'}</a>`;
  };
  const counts = targetStates.map((state) => link(state, rows.filter((row) => row.state === state).length));
  return `<p class="counts">${[link(undefined, rows.length), ...counts].join('\n')}</p>`;
}

function renderFilter(view: TableView, prefix: string): string {
  const states = ['', ...targetStates].map(
    (state) =>
      `<option value="${state}"${state === (view.state ?? '') ? ' selected' : ''}>${state === '' ? 'any' : state}</option>`,
  );
  const kept = [
    ...(view.sort === 'state' ? [] : [`<input type="hidden" name="sort" value="${view.sort}">`]),
    ...(view.isDescending ? ['<input type="hidden" name="order" value="desc">'] : []),
  ];
  return `<form class="filter" method="get" action="${escapeHtml(prefix)}/" role="search">
<label>Search <input type="search" name="q" value="${escapeHtml(view.search)}" maxlength="200"></label>
<label>State <select name="state">${states.join('')}</select></label>
${kept.join('')}<button>Show</button>
</form>`;
}

const COLUMNS: readonly (readonly [title: string, key: SortKey | undefined, isNumber?: true])[] = [
  ['Target', 'target'],
  ['Module', 'module'],
  ['State', 'state'],
  ['Reason', undefined],
  ['Last scrape', 'age', true],
  ['Duration', 'duration', true],
  ['Samples', 'samples', true],
  ['Drops', 'drops', true],
  ['Last scrapes', undefined],
  ['Scrape now', undefined],
];

function renderTable(facts: StatusFacts, { rows, matching }: RowPage, view: TableView): string {
  if (matching === 0) return '<p>No target is like that.</p>';
  const head = COLUMNS.map(([title, key, isNumber]) => {
    const style = isNumber ? ' class="number"' : '';
    if (key === undefined) return `<th scope="col"${style}>${title}</th>`;
    const isSorted = view.sort === key;
    const order = isSorted ? ` aria-sort="${view.isDescending ? 'descending' : 'ascending'}"` : '';
    const target = href(facts.prefix, { ...view, sort: key, isDescending: isSorted && !view.isDescending, page: 1 });
    return `<th scope="col"${style}${order}><a href="${target}">${title}</a></th>`;
  });
  return `<div class="table" role="region" aria-labelledby="targets" tabindex="0"><table>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${rows.map((row) => renderRow(row, facts)).join('\n')}
</tbody>
</table></div>`;
}

function renderRow(row: TargetRow, { prefix, nowMs }: StatusFacts): string {
  const { named, last, state, module } = row;
  return `<tr><td class="target">${renderName(row, prefix)}</td>
<td data-label="Module">${escapeHtml(module)}</td>
<td data-label="State"><span class="${state}">${state}</span></td>
<td class="reason">${renderReason(row, nowMs)}</td>
${last === undefined ? '<td></td><td></td><td></td><td></td>' : renderNumbers(last, nowMs)}
<td>${renderTimeline(row.scrapes)}</td>
<td>${renderButton(named, prefix)}</td></tr>`;
}

function renderNumbers({ endedMs, durationSeconds, samples, dropped }: PastScrape, nowMs: number): string {
  const cells = [
    ['Last scrape', formatTime(endedMs, nowMs)],
    ['Duration', `${durationSeconds.toFixed(3)} s`],
    ['Samples', samples],
    ['Drops', dropped],
  ];
  return cells.map(([label, cell]) => `<td class="number" data-label="${label}">${cell}</td>`).join('\n');
}

function renderName({ target, named }: TargetRow, prefix: string): string {
  if (named === undefined) return `${escapeHtml(target)} <small>(named by a caller)</small>`;
  const url = named.url === target ? '' : `<br><small>${escapeHtml(named.url)}</small>`;
  return `<a href="${escapeHtml(prefix + named.metricsPath)}">${escapeHtml(target)}</a>${url}`;
}

function renderReason({ last, passThrough }: TargetRow, nowMs: number): string {
  const own =
    last?.reason === undefined ? [] : [`<strong>${last.reason}</strong> ${escapeHtml(cut(last.message ?? ''))}`];
  const foreign =
    passThrough === undefined
      ? []
      : [
          `${countOf(passThrough.count, 'scrape')} with callers' credentials, the last ${formatAge(nowMs - passThrough.lastMs)}`,
        ];
  const lines = [...own, ...foreign];
  return lines.length === 0 && last === undefined ? 'not scraped yet' : lines.join('<br>');
}

function formatTime(endedMs: number, nowMs: number): string {
  const iso = new Date(endedMs).toISOString();
  return `<time datetime="${iso}" title="${iso}">${formatAge(nowMs - endedMs)}</time>`;
}

/** A form, as it acts: browsers send it for no other site. */
function renderButton(named: NamedTarget | undefined, prefix: string): string {
  if (named === undefined) return '';
  const label = escapeHtml(`Scrape ${named.target} now`);
  return `<form method="post" action="${escapeHtml(prefix + named.scrapePath)}"><button aria-label="${label}">Scrape</button></form>`;
}

function renderPages({ matching, page, pages }: RowPage, view: TableView, prefix: string): string {
  if (pages === 1) return '';
  const link = (to: number, text: string) =>
    to < 1 || to > pages ? '' : `<a href="${href(prefix, { ...view, page: to })}">${text}</a>`;
  return `<nav aria-label="Pages of targets">Page ${page} of ${pages}, ${matching} targets
${link(page - 1, 'Previous')} ${link(page + 1, 'Next')}</nav>`;
}

/** Of scrapes that belong to their callers, a reader sees only that there were some. */
function renderForeign({ targets, histories, nowMs }: StatusFacts): string {
  const foreign = listForeign(targets, histories).flatMap(({ passThrough }) => passThrough ?? []);
  if (foreign.length === 0) return '';
  const scrapes = foreign.reduce((sum, each) => sum + each.count, 0);
  const lastMs = Math.max(...foreign.map((each) => each.lastMs));
  return `<p>And ${countOf(scrapes, 'scrape')} of other targets, with callers' credentials, the last ${formatAge(nowMs - lastMs)}.</p>`;
}

function renderModules({ modules }: StatusFacts): string {
  const rows = modules
    .slice(0, MAX_LISTED)
    .map(({ name, credentials }) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(credentials)}</dd>`);
  return `<h2>Modules and credentials</h2>\n<dl>\n${rows.join('\n')}\n</dl>${renderRest(modules.length)}`;
}

function renderConfiguration({ warnings, settings, lastReload, lifecycle, prefix, nowMs }: StatusFacts): string {
  const age = formatTime(lastReload.atMs, nowMs);
  const read = lastReload.isSuccessful
    ? `Read ${age}.`
    : `<span class="down">Not valid</span> when it was read ${age}: the previous one is active, and the log says what is wrong.`;
  const reload = lifecycle
    ? `<form method="post" action="${escapeHtml(prefix)}/-/reload"><button>Reload</button></form>`
    : '';
  const warned = warnings
    .slice(0, MAX_LISTED)
    .map(
      ({ where, message, hint }) =>
        `<li>${escapeHtml(`${where} ${message}${hint === undefined ? '' : `: ${hint}`}`)}</li>`,
    );
  const list =
    warned.length === 0 ? '<p>No warnings.</p>' : `<ul>\n${warned.join('\n')}\n</ul>${renderRest(warnings.length)}`;
  return `<h2>Configuration</h2>
<p>${read}</p>
${reload}
<h3>Warnings</h3>
${list}
<details><summary>Active settings</summary>
<pre tabindex="0">${escapeHtml(settings.slice(0, MAX_SETTINGS_LENGTH))}</pre>
</details>`;
}

function renderRest(total: number): string {
  return total > MAX_LISTED ? `\n<p>${total - MAX_LISTED} more are not shown.</p>` : '';
}

function href(prefix: string, view: TableView): string {
  return escapeHtml(`${prefix}/${writeView(view)}`);
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH)}…` : text;
}
