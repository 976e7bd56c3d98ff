import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, test } from 'vitest';
import { dashboard, dataPanels, queries } from './dashboard-file.js';

describe('the dashboard', () => {
  test('is one that Grafana provisions as it is: a fixed uid, no id, no inputs, not editable', () => {
    expect(dashboard).toMatchObject({ uid: 'zxp', id: null, editable: false });
    expect(dashboard).not.toHaveProperty('__inputs');
  });

  test('asks for a data source, a job and a target, and all of them are taken at first', () => {
    const { list } = dashboard.templating;
    expect(list.map(({ name, label }) => [name, label])).toEqual([
      ['datasource', 'Data Source'],
      ['job', 'Job'],
      ['instance', 'Target'],
    ]);
    for (const variable of list.slice(1)) {
      expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: '.+', refresh: 2 });
    }
  });

  test('has rows for targets, durations, samples, requests, zxp, its resources, the tunnel, and zot', () => {
    const rows = dashboard.panels.filter((panel) => panel.type === 'row').map(({ title }) => title);
    expect(rows).toEqual([
      'Targets',
      'Durations',
      'Samples',
      'Requests of modules',
      'zxp',
      "zxp's resources",
      'Tunnel',
      'zot',
    ]);
  });

  test('has no number and no title twice, and no panel on top of another', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
  });

  test.each(dataPanels.map((panel) => [panel.title, panel] as const))(
    '%s says what it shows, and in what',
    (_, panel) => {
      expect(panel.description).toMatch(/\.$/);
      expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/);
      expect(panel.targets?.length).toBeGreaterThan(0);
      for (const { uid } of [panel.datasource, ...(panel.targets ?? []).map((target) => target.datasource)].flatMap(
        (each) => each ?? [],
      )) {
        expect(uid).toBe('${datasource}');
      }
    },
  );
});

describe.each(queries)('%s: %s', (_, expr) => {
  test('is PromQL', () => {
    expect(findErrors(expr.replaceAll(/\[\$__\w+\]/g, '[1m]'))).toEqual([]);
  });

  test('takes the chosen jobs and targets alone', () => {
    const selectors = [...expr.matchAll(/\b(?:target|zxp|zot|process|nodejs|scrape)_\w+(\{[^}]*\})?/g)];
    expect(selectors.length).toBeGreaterThan(0);
    for (const [selector, braces] of selectors) {
      expect(braces, selector).toContain('job=~"$job", instance=~"$instance"');
    }
  });

  test('takes counters as rates', () => {
    const counters = /\b\w+_(?:total|bucket|sum|count)\{[^}]*\}(\[\S+\])?/g;
    for (const [counter, range] of expr.matchAll(counters)) expect(range, counter).toBe('[$__rate_interval]');
  });
});

test('a query that is no PromQL would be found', () => {
  expect(findErrors('rate(up[5m]')).not.toEqual([]);
});

/** The places at which the parser gave up. */
function findErrors(expr: string): readonly number[] {
  const places: number[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) places.push(from);
    },
  });
  return places;
}
