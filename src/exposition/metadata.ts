import type { FormatName, MetricFamily } from '../model/metrics.js';
import { ByteWriter, escapeHelp, escapeText } from './byte-writer.js';
import { isLegacyMetricName } from './escaping.js';
import { metricType, TAG_FAMILY } from './protobuf-fields.js';

/** What a format says of a family in front of its samples. */
export type FamilyFacts = Pick<MetricFamily, 'name' | 'help' | 'type' | 'unit'>;

/** The metadata of a family as bytes. `shortName` is what OpenMetrics 1.0 calls it, where that is not its name. */
export function writeMetadata(facts: FamilyFacts, format: FormatName, shortName: string | undefined): Uint8Array {
  switch (format) {
    case 'text':
      return Buffer.from(describeAsText(facts));
    case 'openmetrics':
      return Buffer.from(describeAsOpenMetrics(facts, shortName));
    case 'openmetrics2':
      return Buffer.from(describeAsOpenMetrics2(facts));
    case 'protobuf':
      return describeAsProtobuf(facts);
  }
}

function describeAsText({ name, help, type }: FamilyFacts): string {
  const spelt = spellMetricName(name);
  return `# HELP ${spelt} ${escapeHelp(help)}\n# TYPE ${spelt} ${textTypes[type]}\n`;
}

/** The type of each kind of family in text 0.0.4. */
export const textTypes = {
  counter: 'counter',
  gauge: 'gauge',
  untyped: 'untyped',
  info: 'gauge',
  stateset: 'gauge',
  histogram: 'histogram',
  exponential_histogram: 'histogram',
  summary: 'summary',
} satisfies Record<MetricFamily['type'], string>;

const openMetricsTypes = {
  ...textTypes,
  untyped: 'unknown',
  info: 'info',
  stateset: 'stateset',
} satisfies Record<MetricFamily['type'], string>;

/** OpenMetrics 1.0 has counters with `_total` only. Any other keeps its name, which people query, and loses its type. */
function describeAsOpenMetrics({ name, help, type, unit }: FamilyFacts, shortName: string | undefined): string {
  const spelt = spellMetricName(shortName ?? name);
  const isUntold = shortName === undefined && (type === 'counter' || type === 'info');
  const told = isUntold ? (type === 'info' ? 'gauge' : 'unknown') : openMetricsTypes[type];
  const lines = `# HELP ${spelt} ${escapeText(help)}\n# TYPE ${spelt} ${told}\n`;
  // Prometheus refuses the whole of an exposition for a unit in which its family does not end.
  const hasUnit = mayHaveUnit(type, unit) && (shortName ?? name).endsWith(`_${unit}`);
  return hasUnit ? `${lines}# UNIT ${spelt} ${unit}\n` : lines;
}

/** Both specifications forbid the others one. */
function mayHaveUnit(type: MetricFamily['type'], unit: string | undefined): boolean {
  return unit !== undefined && type !== 'info' && type !== 'stateset';
}

function describeAsOpenMetrics2({ name, help, type, unit }: FamilyFacts): string {
  const spelt = spellMetricName(name);
  // The name of an info ends in `_info` there.
  const told = type === 'info' && !name.endsWith('_info') ? 'gauge' : openMetricsTypes[type];
  const unitLine = mayHaveUnit(told === 'gauge' ? 'gauge' : type, unit) ? `# UNIT ${spelt} ${unit}\n` : '';
  // Prometheus takes a carriage return at the end of the line for one of its kind of line ends.
  return `# TYPE ${spelt} ${told}\n${unitLine}# HELP ${spelt} ${escapeText(help).replace(/\r+$/, '')}\n`;
}

/** Every field but the metrics. */
function describeAsProtobuf({ name, help, type, unit }: FamilyFacts): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(TAG_FAMILY.name);
  writer.sizedText(name);
  if (help !== '') {
    writer.byte(TAG_FAMILY.help);
    writer.sizedText(help);
  }
  writer.byte(TAG_FAMILY.type);
  writer.varint(metricType(type));
  if (unit !== undefined) {
    writer.byte(TAG_FAMILY.unit);
    writer.sizedText(unit);
  }
  return new Uint8Array(writer.finish());
}

/** In quotes, unless every scraper takes it without. */
export function spellMetricName(name: string): string {
  return isLegacyMetricName(name) ? name : `"${escapeText(name)}"`;
}
