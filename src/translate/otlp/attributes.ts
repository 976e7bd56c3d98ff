import { isFields, ownField } from '../../golang/values.js';
import { toLabelName } from '../names.js';

/** Labels by their names, in the order in which they came. */
export type Labels = ReadonlyMap<string, string>;

/**
 * The attributes of OTLP/JSON as labels: names with `_` for what Prometheus does not take, values as text. Values of two
 * attributes whose names become one are joined by `;`, as OpenTelemetry's rules for Prometheus have it.
 */
export function toLabels(attributes: unknown): Labels {
  const labels = new Map<string, string>();
  if (!Array.isArray(attributes)) return labels;
  for (const attribute of attributes) {
    const key = isFields(attribute) ? ownField(attribute, 'key') : undefined;
    const text = isFields(attribute) ? toText(ownField(attribute, 'value')) : undefined;
    const name = typeof key === 'string' ? toAttributeName(key) : undefined;
    if (name === undefined || text === undefined) continue;
    const before = labels.get(name);
    labels.set(name, before === undefined ? text : `${before};${text}`);
  }
  return labels;
}

/** A name that begins with a digit gets `key_` in front; one that Prometheus reserves too. */
function toAttributeName(key: string): string | undefined {
  const name = /^[0-9]/.test(key) ? toLabelName(`key_${key}`) : toLabelName(key);
  return name ?? (key === '' ? undefined : toLabelName(`key${key}`));
}

/** AnyValue: one of its fields, or nothing. */
function toText(value: unknown): string | undefined {
  if (!isFields(value)) return undefined;
  const [kind = '', inner] = Object.entries(value)[0] ?? [];
  switch (kind) {
    case 'stringValue':
    case 'bytesValue':
      return typeof inner === 'string' ? inner : undefined;
    case 'boolValue':
    case 'intValue':
    case 'doubleValue':
      return ['string', 'number', 'boolean', 'bigint'].includes(typeof inner) ? String(inner) : undefined;
    case 'arrayValue':
    case 'kvlistValue':
      return JSON.stringify(toPlain(value, 0));
    default:
      return undefined;
  }
}

const MAX_DEPTH = 8;

/** Lists and maps as the JSON that they stand for. */
function toPlain(value: unknown, depth: number): unknown {
  if (!isFields(value) || depth > MAX_DEPTH) return null;
  const [kind = '', inner] = Object.entries(value)[0] ?? [];
  const values = isFields(inner) ? ownField(inner, 'values') : undefined;
  if (kind === 'arrayValue') return Array.isArray(values) ? values.map((each) => toPlain(each, depth + 1)) : [];
  if (kind !== 'kvlistValue')
    return typeof inner === 'object' ? null : typeof inner === 'bigint' ? String(inner) : inner;
  const pairs = Array.isArray(values) ? values.filter(isFields) : [];
  return Object.fromEntries(
    pairs.map((pair) => [String(ownField(pair, 'key')), toPlain(ownField(pair, 'value'), depth + 1)]),
  );
}
