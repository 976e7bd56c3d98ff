import type { PastScrape, TargetHistory } from '../../model/scrape-history.js';

/** `unknown` where no scrape tells: none came yet, or only some with the credentials of their callers. */
export const targetStates = ['down', 'unknown', 'up'] as const;

export type TargetState = (typeof targetStates)[number];

/** A target that the configuration names. */
export interface NamedTarget {
  /** As history has it. */
  readonly target: string;
  readonly module: string;
  /** Masked; what a reader recognises it by besides its name. */
  readonly url: string;
  /** The path with the query under which its metrics are. */
  readonly metricsPath: string;
  /** The path with the query to which a POST scrapes it now. */
  readonly scrapePath: string;
}

/** One row of the table: a target, and how its last scrapes went. */
export interface TargetRow {
  readonly target: string;
  readonly module: string;
  readonly state: TargetState;
  /** Undefined for one that only callers name. */
  readonly named: NamedTarget | undefined;
  readonly last: PastScrape | undefined;
  readonly scrapes: readonly PastScrape[];
  readonly passThrough: TargetHistory['passThrough'];
}

/**
 * A row for every target of the configuration, and for those that callers named and zxp scraped without their
 * credentials. What is known only from a caller with credentials has no row: `listForeign` counts it.
 */
export function listRows(named: readonly NamedTarget[], histories: readonly TargetHistory[]): readonly TargetRow[] {
  const known = new Map(histories.map((history) => [keyOf(history), history]));
  const configured = [...new Map(named.map((target) => [keyOf(target), target])).values()];
  const keys = new Set(configured.map(keyOf));
  return [
    ...configured.map((target) => toRow(target, { named: target, history: known.get(keyOf(target)) })),
    ...histories
      .filter((history) => !keys.has(keyOf(history)) && history.scrapes.length > 0)
      .map((history) => toRow(history, { named: undefined, history })),
  ];
}

/** The histories without a row. */
export function listForeign(
  named: readonly NamedTarget[],
  histories: readonly TargetHistory[],
): readonly TargetHistory[] {
  const keys = new Set(named.map(keyOf));
  return histories.filter((history) => !keys.has(keyOf(history)) && history.scrapes.length === 0);
}

function keyOf({ target, module }: { readonly target: string; readonly module: string }): string {
  return `${module} ${target}`;
}

function toRow(
  { target, module }: { readonly target: string; readonly module: string },
  { named, history }: { readonly named: NamedTarget | undefined; readonly history: TargetHistory | undefined },
): TargetRow {
  const scrapes = history?.scrapes ?? [];
  const last = scrapes.at(-1);
  const state = last === undefined ? 'unknown' : last.up ? 'up' : 'down';
  return { target, module, state, named, last, scrapes, passThrough: history?.passThrough };
}

/** The columns by which rows are sorted. */
export const sortKeys = ['state', 'target', 'module', 'age', 'duration', 'samples', 'drops'] as const;

export type SortKey = (typeof sortKeys)[number];

/** Which rows a reader wants to see, and in which order. */
export interface TableView {
  /** A part of a target's name, URL, module or reason; empty for all. */
  readonly search: string;
  readonly state: TargetState | undefined;
  readonly sort: SortKey;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
}

const MAX_SEARCH_LENGTH = 200;

/** Reads the query of the page. What is none of the words of a parameter is its default: a link is never an error. */
export function readView(query: URLSearchParams): TableView {
  const page = Number(query.get('page') ?? '1');
  return {
    search: (query.get('q') ?? '').trim().slice(0, MAX_SEARCH_LENGTH),
    state: targetStates.find((state) => state === query.get('state')),
    sort: sortKeys.find((key) => key === query.get('sort')) ?? 'state',
    isDescending: query.get('order') === 'desc',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** The query that `readView` reads as this view: empty for the first page of everything. */
export function writeView({ search, state, sort, isDescending, page }: TableView): string {
  const query = new URLSearchParams({
    ...(search === '' ? {} : { q: search }),
    ...(state === undefined ? {} : { state }),
    ...(sort === 'state' ? {} : { sort }),
    ...(isDescending ? { order: 'desc' } : {}),
    ...(page === 1 ? {} : { page: String(page) }),
  });
  return query.size === 0 ? '' : `?${query}`;
}

const PAGE_SIZE = 50;

/** One page of the rows of a view. */
export interface RowPage {
  readonly rows: readonly TargetRow[];
  readonly matching: number;
  /** The page that is shown, which is the last one where the view is beyond it. */
  readonly page: number;
  readonly pages: number;
}

/** Chooses, sorts and cuts. Rows that are equal by the column are in the order of their names. */
export function pickRows(rows: readonly TargetRow[], view: TableView): RowPage {
  const wanted = view.search.toLowerCase();
  const matching = rows.filter(
    (row) =>
      (view.state === undefined || row.state === view.state) &&
      (wanted === '' || listTexts(row).some((text) => text.toLowerCase().includes(wanted))),
  );
  const direction = view.isDescending ? -1 : 1;
  const sorted = matching.sort((a, b) => direction * compare(a, b, view.sort) || compareTexts(a.target, b.target));
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE_SIZE));
  const page = Math.min(view.page, pages);
  const start = (page - 1) * PAGE_SIZE;
  return { rows: sorted.slice(start, start + PAGE_SIZE), matching: sorted.length, page, pages };
}

function listTexts({ target, module, named, last }: TargetRow): readonly string[] {
  return [target, module, named?.url ?? '', last?.reason ?? ''];
}

function compare(a: TargetRow, b: TargetRow, key: SortKey): number {
  switch (key) {
    case 'state':
      return targetStates.indexOf(a.state) - targetStates.indexOf(b.state);
    case 'target':
      return compareTexts(a.target, b.target);
    case 'module':
      return compareTexts(a.module, b.module);
    case 'age':
      return (b.last?.endedMs ?? 0) - (a.last?.endedMs ?? 0);
    case 'duration':
      return (a.last?.durationSeconds ?? -1) - (b.last?.durationSeconds ?? -1);
    case 'samples':
      return (a.last?.samples ?? -1) - (b.last?.samples ?? -1);
    case 'drops':
      return (a.last?.dropped ?? -1) - (b.last?.dropped ?? -1);
  }
}

/** By code units, which does not depend on the machine. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
