import { type EscapingScheme, type Exemplar, isScalar, type MetricFamily } from '../model/metrics.js';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether every scraper takes the name of a metric as it is, without quotes. */
export function isLegacyMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** Whether every scraper takes the name of a label as it is, without quotes. */
export function isLegacyLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/** The name of a metric as a scraper of this scheme takes it. A name that all of them take stays as it is. */
export function escapeMetricName(name: string, scheme: EscapingScheme): string {
  return METRIC_NAME.test(name) ? name : escapeName(name, scheme, ':');
}

/** The same for the name of a label, which has no colons. */
export function escapeLabelName(name: string, scheme: EscapingScheme): string {
  return LABEL_NAME.test(name) ? name : escapeName(name, scheme, '');
}

/**
 * Prometheus' "UTF-8 metric and label name escaping schemes". Where `dots` meets anything but a dot it writes two
 * underscores, and `values` writes small hexadecimal digits, as the libraries for Go and Java do; the document has
 * one underscore, which would make one name of two, and capitals.
 */
function escapeName(name: string, scheme: EscapingScheme, colon: ':' | ''): string {
  if (scheme === 'allow-utf-8') return name;
  let escaped = scheme === 'values' ? 'U__' : '';
  let isFirst = true;
  for (const character of name) {
    const isKept = /[a-zA-Z]/.test(character) || character === colon || (!isFirst && /[0-9]/.test(character));
    escaped += isKept ? character : escapeCharacter(character, scheme);
    isFirst = false;
  }
  return escaped;
}

function escapeCharacter(character: string, scheme: Exclude<EscapingScheme, 'allow-utf-8'>): string {
  if (scheme === 'underscores') return '_';
  if (character === '_') return '__';
  if (scheme === 'dots') return character === '.' ? '_dot_' : '__';
  const point = character.codePointAt(0) ?? 0;
  const isLoneSurrogate = point >= 0xd800 && point <= 0xdfff;
  return isLoneSurrogate ? '_FFFD_' : `_${point.toString(16)}_`;
}

/** A family with the names that a scraper of this scheme takes: the very same one where it has no others. */
export function escapeFamily(family: MetricFamily, scheme: EscapingScheme): MetricFamily {
  if (scheme === 'allow-utf-8') return family;
  const name = escapeMetricName(family.name, scheme);
  const labelNames = escapeLabelNames(family.labelNames, scheme);
  const escaped = name === family.name && labelNames === family.labelNames ? family : { ...family, name, labelNames };
  const { exemplars } = 'exemplars' in escaped ? escaped : {};
  if (exemplars === undefined || escaped.type === 'summary') return escaped;
  const changed = exemplars.map((exemplar) => exemplar && escapeExemplar(exemplar, scheme));
  if (changed.every((exemplar, row) => exemplar === exemplars[row])) return escaped;
  // Each type by itself, for the compiler to see that it stays what it is.
  return isScalar(escaped) ? { ...escaped, exemplars: changed } : { ...escaped, exemplars: changed };
}

function escapeExemplar(exemplar: Exemplar, scheme: EscapingScheme): Exemplar {
  if (exemplar.labelNames.every(isLegacyLabelName)) return exemplar;
  const labels = new Map<string, string>();
  for (const [i, raw] of exemplar.labelNames.entries()) {
    const name = escapeLabelName(raw, scheme);
    // Of two that become one, the first.
    if (!labels.has(name)) labels.set(name, exemplar.labelValues[i] ?? '');
  }
  return { ...exemplar, labelNames: [...labels.keys()], labelValues: [...labels.values()] };
}

const NO_NAMES: readonly string[] = [];

/** Rows mostly share an array of names, which is looked at once. */
function escapeLabelNames(column: MetricFamily['labelNames'], scheme: EscapingScheme): readonly (readonly string[])[] {
  let last: readonly string[] | undefined;
  let lastEscaped: readonly string[] | undefined;
  let changed: (readonly string[])[] | undefined;
  for (let row = 0; row < column.length; row++) {
    const names = column[row] ?? NO_NAMES;
    if (names !== last) {
      last = names;
      lastEscaped = names.every(isLegacyLabelName) ? names : names.map((name) => escapeLabelName(name, scheme));
    }
    if (lastEscaped === names && changed === undefined) continue;
    changed ??= column.slice(0, row);
    changed.push(lastEscaped ?? names);
  }
  return changed ?? column;
}
