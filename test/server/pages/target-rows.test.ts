import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PastScrape, TargetHistory } from '../../../src/model/scrape-history.js';
import {
  listForeign,
  listRows,
  type NamedTarget,
  pickRows,
  readView,
  sortKeys,
  targetStates,
  writeView,
} from '../../../src/server/pages/target-rows.js';

function name(target: string): NamedTarget {
  return { target, module: 'stock', url: `http://${target}.example/`, metricsPath: '/m', scrapePath: '/s' };
}

function scrape(facts: Partial<PastScrape> = {}): PastScrape {
  const none = { reason: undefined, message: undefined };
  return { endedMs: 0, up: true, ...none, statusCode: 200, durationSeconds: 1, samples: 1, dropped: 0, ...facts };
}

function remember(target: string, facts: Partial<TargetHistory> = {}): TargetHistory {
  return { target, module: 'stock', isConfigured: false, scrapes: [], passThrough: undefined, ...facts };
}

const view = readView(new URLSearchParams());

describe('rows', () => {
  test('are those of the configuration, scraped or not, and what callers named without credentials', () => {
    const passThrough = { count: 3, lastMs: 0 };
    const histories = [
      remember('north', { scrapes: [scrape(), scrape({ up: false, reason: 'dns' })] }),
      remember('http://theirs.example/', { passThrough }),
      remember('http://any.example/', { scrapes: [scrape()], passThrough }),
    ];
    const named = [name('north'), name('south')];
    const rows = listRows(named, histories);
    expect(rows.map(({ target, state }) => [target, state])).toEqual([
      ['north', 'down'],
      ['south', 'unknown'],
      ['http://any.example/', 'up'],
    ]);
    expect(listForeign(named, histories)).toEqual([histories[1]]);
  });

  test('of a target that only callers with credentials scraped do not tell how it is', () => {
    const [row] = listRows([name('north')], [remember('north', { passThrough: { count: 1, lastMs: 0 } })]);
    expect(row).toMatchObject({ state: 'unknown', last: undefined, passThrough: { count: 1 } });
  });

  test('tell targets of one name by their modules', () => {
    const other = { ...name('north'), module: 'other' };
    const rows = listRows([name('north'), other], [remember('north', { module: 'other', scrapes: [scrape()] })]);
    expect(rows.map(({ module, state }) => [module, state])).toEqual([
      ['stock', 'unknown'],
      ['other', 'up'],
    ]);
  });
});

describe('a view', () => {
  const many = listRows(
    Array.from({ length: 120 }, (_, i) => name(`t${String(i).padStart(3, '0')}`)),
    [remember('t100', { scrapes: [scrape({ up: false, reason: 'connect' })] })],
  );

  test('has what is down first, and 50 rows a page', () => {
    const first = pickRows(many, view);
    expect(first.rows.map(({ target }) => target).slice(0, 2)).toEqual(['t100', 't000']);
    expect([first.rows.length, first.pages, first.matching]).toEqual([50, 3, 120]);
    expect(pickRows(many, { ...view, page: 3 }).rows).toHaveLength(20);
  });

  test('beyond the last page is the last page', () => {
    expect(pickRows(many, { ...view, page: 99 })).toMatchObject({ page: 3 });
  });

  test('finds by name, URL and reason, in any case, and by state', () => {
    const find = (facts: Partial<typeof view>) =>
      pickRows(many, { ...view, ...facts }).rows.map(({ target }) => target);
    expect(find({ search: 'T007' })).toEqual(['t007']);
    expect(find({ search: 't008.EXAMPLE' })).toEqual(['t008']);
    expect(find({ search: 'connect' })).toEqual(['t100']);
    expect(find({ state: 'down' })).toEqual(['t100']);
    expect(find({ search: 'nothing' })).toEqual([]);
  });

  test.each([
    ['age', ['new', 'old', 'never']],
    ['duration', ['never', 'old', 'new']],
    ['samples', ['never', 'new', 'old']],
    ['drops', ['never', 'old', 'new']],
    ['target', ['never', 'new', 'old']],
  ] as const)('is sorted by %s, and the other way round', (sort, order) => {
    const rows = listRows(['old', 'never', 'new'].map(name), [
      remember('old', { scrapes: [scrape({ endedMs: 1, durationSeconds: 1, samples: 9, dropped: 0 })] }),
      remember('new', { scrapes: [scrape({ endedMs: 2, durationSeconds: 2, samples: 3, dropped: 1 })] }),
    ]);
    const pick = (isDescending: boolean) =>
      pickRows(rows, { ...view, sort, isDescending }).rows.map(({ target }) => target);
    expect(pick(false)).toEqual(order);
    expect(pick(true)).toEqual([...order].reverse());
  });

  test('is read from the query as it was written there', () => {
    const views = fc.record({
      search: fc.string({ maxLength: 50, unit: 'grapheme' }).map((text) => text.trim()),
      state: fc.constantFrom(undefined, ...targetStates),
      sort: fc.constantFrom(...sortKeys),
      isDescending: fc.boolean(),
      page: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(views, (any) => {
        expect(readView(new URLSearchParams(writeView(any)))).toEqual(any);
      }),
    );
  });

  test('of any query is a view', () => {
    const query = new URLSearchParams({ q: 'x'.repeat(5000), state: 'sideways', sort: '__proto__', page: '-1' });
    expect(readView(query)).toEqual({ ...view, search: 'x'.repeat(200) });
  });
});
