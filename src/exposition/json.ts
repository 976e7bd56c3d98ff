import { countRows, type Exemplar, type MetricFamily } from '../model/metrics.js';
import { formatNumber } from './byte-writer.js';
import { findExemplar, findStart } from './openmetrics-text.js';
import { listSamples } from './samples.js';

/**
 * Families as JSON for people and scripts: a list of `{name, type, help, unit, samples: [{name, labels, value}]}`. Native
 * histograms, starts and exemplars are in `rows`, next to the samples of all.
 */
export function renderFamiliesAsJson(families: readonly MetricFamily[]): string {
  const list = families.map((family) => ({
    name: family.name,
    type: family.type,
    help: family.help,
    unit: family.unit,
    samples: listSamples(family).map((sample) => ({ ...sample, value: toJsonNumber(sample.value) })),
    ...describeRows(family),
  }));
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

/** What a family has by row besides its samples. What is undefined is left out. */
function describeRows(family: MetricFamily) {
  const rows = Array.from({ length: countRows(family) }, (_, row) => ({
    labels: readLabels(family.labelNames[row] ?? [], family.labelValues[row] ?? []),
    histogram: family.type === 'exponential_histogram' ? family.buckets[row] : undefined,
    startMs: findStart(family, row),
    exemplar: describeExemplar(findExemplar(family, row)),
  }));
  const hasMore = rows.some(({ histogram, startMs, exemplar }) => histogram ?? startMs ?? exemplar);
  return hasMore ? { rows } : {};
}

function describeExemplar(exemplar: Exemplar | undefined) {
  if (exemplar === undefined) return undefined;
  const { labelNames, labelValues, value, timestampMs } = exemplar;
  return { labels: readLabels(labelNames, labelValues), value: toJsonNumber(value), timestampMs };
}

function readLabels(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}

/** JSON has no word for NaN and the infinities: they become the text of the exposition format. */
function toJsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : formatNumber(value);
}
