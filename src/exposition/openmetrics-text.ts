import type { Exemplar, MetricFamily } from '../model/metrics.js';
import { escapeText, formatNumber } from './byte-writer.js';
import { spellLabel } from './family-head.js';

/** The exemplar of a row, where its family has such. */
export function findExemplar(family: MetricFamily, row: number): Exemplar | undefined {
  return family.type === 'summary' ? undefined : family.exemplars?.[row];
}

/** When a row began to count, where its family counts and that is known. */
export function findStart(family: MetricFamily, row: number): number | undefined {
  return family.startsMs?.[row];
}

/** ` # {trace_id="abc"} 0.67 1520879607.789`, as both versions of OpenMetrics write it. */
export function formatExemplar({ labelNames, labelValues, value, timestampMs }: Exemplar): string {
  const labels = labelNames.map((name, i) => `${spellLabel(name)}${escapeText(labelValues[i] ?? '')}"`);
  const time = timestampMs === undefined ? '' : ` ${formatSeconds(timestampMs)}`;
  return ` # {${labels.join(',')}} ${formatNumber(value)}${time}`;
}

/** A time as OpenMetrics writes it: in seconds, never with an exponent. */
export function formatSeconds(milliseconds: number): string {
  return String(milliseconds / 1000);
}

/** OpenMetrics 1.0, "Canonical Numbers": `1` is `1.0`, `1e6` is `1e+06`. */
export function toCanonicalBound(text: string): string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e');
    const digits = exponent.slice(1).padStart(2, '0');
    return `${mantissa}e${exponent[0] ?? '+'}${digits}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
