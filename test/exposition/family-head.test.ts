import { describe, expect, test } from 'vitest';
import { FamilyHeads, type FamilyStyle } from '../../src/exposition/family-head.js';
import { formatRules } from '../../src/exposition/format.js';
import { ownNames } from '../../src/exposition/openmetrics-names.js';
import type { MetricFamily } from '../../src/model/metrics.js';

const family: MetricFamily = {
  type: 'gauge',
  name: 'stock',
  help: 'Items.',
  labelNames: [],
  labelValues: [],
  values: [],
};
const text: FamilyStyle = { rules: formatRules.text, names: ownNames };
const openmetrics: FamilyStyle = { rules: formatRules.openmetrics, names: ownNames };

describe('the heads of families', () => {
  test('are the same for the next scrape that says the same', () => {
    const heads = new FamilyHeads();
    expect(heads.find({ ...family }, text)).toBe(heads.find(family, text));
  });

  test.each<[string, MetricFamily, string]>([
    ['another help', { ...family, help: 'Other.' }, '# HELP stock Other.\n# TYPE stock gauge\n'],
    ['another type', { ...family, type: 'untyped' }, '# HELP stock Items.\n# TYPE stock untyped\n'],
  ])('are others for %s under the same name', (_, other, lines) => {
    const heads = new FamilyHeads();
    heads.find(family, text);
    expect(Buffer.from(heads.find(other, text).metadata).toString()).toBe(lines);
  });

  test('are others for another format, and for another short name of a counter', () => {
    const heads = new FamilyHeads();
    const counter: MetricFamily = { ...family, type: 'counter', name: 'sold_total' };
    const lines = (style: FamilyStyle) => Buffer.from(heads.find(counter, style).metadata).toString();
    expect(lines(text)).toContain('# TYPE sold_total counter');
    expect(lines({ ...openmetrics, names: { ...ownNames, shortNames: new Map([['sold_total', 'sold']]) } })).toContain(
      '# TYPE sold counter',
    );
    expect(lines(openmetrics)).toContain('# TYPE sold_total unknown');
  });

  test('keep no more than so many families', () => {
    const heads = new FamilyHeads();
    const first = heads.find(family, text);
    for (let i = 0; i < 2000; i++) heads.find({ ...family, name: `stock_${i}` }, text);
    expect(heads.find(family, text)).not.toBe(first);
  });

  test('say what stands before the labels of a row, whichever labels came before', () => {
    const series = new FamilyHeads().find(family, text).series('');
    const bytesFor = (...labels: readonly string[]) =>
      series.before(labels).map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString());
    expect(bytesFor('a', 'b')).toEqual(['a="', '",b="']);
    expect(bytesFor('c')).toEqual(['c="']);
    expect(bytesFor('a', 'b')).toEqual(['a="', '",b="']);
  });
});
