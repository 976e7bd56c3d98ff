import { toMetricName } from '../names.js';

/** The words that Prometheus has for units of UCUM. */
const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    d: 'days',
    h: 'hours',
    min: 'minutes',
    s: 'seconds',
    ms: 'milliseconds',
    us: 'microseconds',
    ns: 'nanoseconds',
    By: 'bytes',
    KiBy: 'kibibytes',
    MiBy: 'mebibytes',
    GiBy: 'gibibytes',
    TiBy: 'tibibytes',
    KBy: 'kilobytes',
    MBy: 'megabytes',
    GBy: 'gigabytes',
    TBy: 'terabytes',
    m: 'meters',
    V: 'volts',
    A: 'amperes',
    J: 'joules',
    W: 'watts',
    g: 'grams',
    Cel: 'celsius',
    Hz: 'hertz',
    '%': 'percent',
  }),
);

const PER: ReadonlyMap<string, string> = new Map(
  Object.entries({ s: 'second', m: 'minute', min: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' }),
);

export interface NamedMetric {
  readonly name: string;
  readonly unit: string;
  readonly type: 'counter' | 'gauge' | 'other';
}

/** Characters of a name or a unit at most: more are none of OpenTelemetry's, which has 255 and 63. */
const MAX_NAME_LENGTH = 500;
const MAX_UNIT_LENGTH = 100;

/**
 * The name that a metric of OpenTelemetry has in Prometheus ("Prometheus and OpenMetrics Compatibility"): without what
 * Prometheus does not take, with its unit and, of a counter, `_total` behind it. Undefined for an empty or too long name.
 */
export function nameMetric({ name, unit, type }: NamedMetric): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined;
  const cleaned = name.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_+|_+$/g, '');
  const base = toMetricName(/^[0-9]/.test(cleaned) ? `_${cleaned}` : cleaned);
  if (base === undefined) return undefined;
  const parts = base.replace(/_total$/, type === 'counter' ? '' : '$&');
  const word = toUnitName(unit, type);
  const withUnit = word === '' || parts === word || parts.endsWith(`_${word}`) ? parts : `${parts}_${word}`;
  return type === 'counter' ? `${withUnit}_total` : withUnit;
}

/** `By/s` is `bytes_per_second`, `1` of a gauge `ratio`, an annotation such as `{requests}` nothing. */
function toUnitName(unit: string, type: NamedMetric['type']): string {
  if (unit.length > MAX_UNIT_LENGTH) return '';
  const plain = unit.replace(/\{[^}]*\}/g, '').trim();
  if (plain === '1') return type === 'gauge' ? 'ratio' : '';
  const [main = '', per] = plain.split('/', 2);
  const clean = (text: string) => text.replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  const first = UNITS.get(main) ?? clean(main);
  const second = per === undefined ? '' : (PER.get(per) ?? clean(per));
  return [first, second === '' ? '' : `per_${second}`].filter((part) => part !== '').join('_');
}
