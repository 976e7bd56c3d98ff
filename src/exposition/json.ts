import type { MetricFamily } from '../model/metrics.js';
import { formatNumber } from './byte-writer.js';
import { listSamples } from './samples.js';

/** Families as JSON for people and scripts: a list of `{name, type, help, samples: [{name, labels, value}]}`. */
export function renderFamiliesAsJson(families: readonly MetricFamily[]): string {
  const list = families.map((family) => ({
    name: family.name,
    type: family.type,
    help: family.help,
    samples: listSamples(family).map((sample) => ({ ...sample, value: toJsonNumber(sample.value) })),
  }));
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

/** JSON has no word for NaN and the infinities: they become the text of the exposition format. */
function toJsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : formatNumber(value);
}
