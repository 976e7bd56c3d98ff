import { parseSampleValue } from '../golang/number.js';
import { isFields, ownField } from '../golang/values.js';
import { type Column, countKinds, type OptionEntry, toNumber } from './column.js';
import { isFieldKey } from './keys.js';
import { renderPath } from './paths.js';
import type { Fields } from './shapes.js';
import { findUnit } from './units.js';
import { splitWords } from './words.js';

/** Buckets or quantiles, as the file has them. */
export interface Distribution {
  readonly type: 'histogram' | 'summary';
  /** The keys `buckets` or `quantiles`, `count` and `sum` of a metric. */
  readonly options: readonly OptionEntry[];
  /** The words of the unit; none where it is not known. */
  readonly unit: readonly string[];
  /** Keys of fields beside it that are its count and sum. */
  readonly consumed: readonly string[];
  readonly notes: readonly string[];
  /** Samples of one element, about. */
  readonly size: number;
}

interface Place {
  /** The key of the distribution, and those before it from the element. */
  readonly key: string;
  readonly keys: readonly string[];
  /** The fields beside it. */
  readonly beside: Fields;
  readonly column: Column;
}

const BUCKET_NAMES = /^(buckets?|histograms?|latency|latencies|durations?|distribution|le|times?)$/;
const QUANTILE_NAMES = /^(quantiles?|percentiles?|pct|percentile)$/;
const BOUND_NAMES = /^(le|bound|ub|upper|lt|limit|bucket|max)$/;
const COUNT_NAMES = /^(count|n|cumulative|observations|num|hits)$/;
const RANK_NAMES = /^(q|quantile|percentile|p|rank)$/;

/** Recognizes a histogram or a summary in an object by bounds or in a list of buckets. */
export function findDistribution(place: Place): Distribution | undefined {
  const { values } = place.column;
  if (values.length === 0) return undefined;
  if (values.every(isFields)) return findInObjects(place, values);
  if (values.every((value): value is readonly unknown[] => Array.isArray(value))) return findInLists(place, values);
  return undefined;
}

function namesAny(key: string, pattern: RegExp): boolean {
  return splitWords(key).some((word) => pattern.test(word));
}

interface Pairs {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Objects such as `{"0.5": 3}`, as pairs in the order of their bounds; undefined where one of them is none. */
function readPairs(objects: readonly Readonly<Record<string, unknown>>[]): readonly Pairs[] | undefined {
  const all: Pairs[] = [];
  for (const object of objects) {
    const pairs = Object.keys(object).map((key) => ({ bound: readBound(key), count: toNumber(object[key]) }));
    const clean = pairs.flatMap(({ bound, count }) =>
      bound === undefined || count === undefined ? [] : [{ bound, count }],
    );
    if (clean.length !== pairs.length) return undefined;
    clean.sort((left, right) => left.bound - right.bound);
    all.push({ bounds: clean.map(({ bound }) => bound), counts: clean.map(({ count }) => count) });
  }
  return all;
}

function readBound(text: string): number | undefined {
  if (!/^(?:[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\+?[Ii]nf(?:inity)?)$/.test(text)) return undefined;
  const bound = parseSampleValue(text);
  return bound === undefined || Number.isNaN(bound) ? undefined : bound;
}

function findLargest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] ?? 0));
}

function isWithin({ bounds }: Pairs, low: number, high: number): boolean {
  return bounds.every((bound) => bound >= low && bound <= high);
}

function findInObjects(place: Place, objects: readonly Readonly<Record<string, unknown>>[]): Distribution | undefined {
  const { key, keys } = place;
  const pairs = readPairs(objects);
  const filled = pairs?.filter(({ bounds }) => bounds.length > 0) ?? [];
  if (pairs === undefined || filled.length === 0 || filled.some(({ bounds }) => new Set(bounds).size < bounds.length)) {
    return undefined;
  }
  const size = findLargest(filled.map(({ bounds }) => bounds.length));
  const path = renderPath([...keys, key]);
  const each = renderPath([...keys, key], '.*');
  const isFraction = filled.some(({ bounds }) =>
    bounds.some((bound) => !Number.isInteger(bound) && Number.isFinite(bound)),
  );
  const summarize = (rankScale: number | undefined): Distribution => {
    const scale = findScale(key);
    const rank: readonly OptionEntry[] = [['key', true], ...factorOption({ unit: [], factor: rankScale })];
    const map: readonly OptionEntry[] = [
      ['path', each],
      ['quantile', { fields: rank }],
      ['value', scaledPath('{@}', scale)],
    ];
    const isPlain = rankScale === undefined && scale.factor === undefined;
    return complete(place, {
      type: 'summary',
      options: [['quantiles', isPlain ? path : { fields: map }]],
      size: size + 2,
      scale,
    });
  };
  if (namesAny(key, QUANTILE_NAMES) && filled.every((pair) => isWithin(pair, 0, 100))) {
    return summarize(filled.every((pair) => isWithin(pair, 0, 1)) ? undefined : 0.01);
  }
  if (size < 2) return undefined;
  const isNamed = namesAny(key, BUCKET_NAMES);
  const isCumulative = filled.every(({ counts }) => isRising(counts));
  const areCounts = filled.every(({ counts }) => counts.every((count) => count >= 0 && Number.isInteger(count)));
  const areQuantiles =
    isFraction && !areCounts && filled.every((pair) => isWithin(pair, 0, 1) && isRising(pair.counts));
  if (areQuantiles) return summarize(undefined);
  const hasInfinity = filled.some(({ bounds }) => bounds.includes(Number.POSITIVE_INFINITY));
  if (!areCounts || !(isNamed || hasInfinity || (isFraction && isCumulative))) return undefined;
  const scale = findScale(key);
  if (isCumulative && scale.factor === undefined)
    return complete(place, { type: 'histogram', options: [['buckets', path]], size: size + 3, scale });
  const bound: OptionEntry[] = [['key', true], ...factorOption(scale)];
  const map: OptionEntry[] = [
    ['path', each],
    ['bound', { fields: bound }],
    ['count', '{@}'],
    ...cumulativeOption(isCumulative),
  ];
  return complete(place, { type: 'histogram', options: [['buckets', { fields: map }]], size: size + 3, scale });
}

interface Scale {
  readonly unit: readonly string[];
  /** Undefined where the document has the base unit. */
  readonly factor: number | undefined;
}

function findScale(key: string): Scale {
  for (const word of [...splitWords(key)].reverse()) {
    const unit = findUnit(word);
    if (unit === undefined || unit.suffix === 'ratio') continue;
    const [name, value] = unit.options[0] ?? [];
    return { unit: [unit.suffix], factor: name === 'scale' && typeof value === 'number' ? value : undefined };
  }
  return { unit: [], factor: undefined };
}

function factorOption({ factor }: Scale): readonly OptionEntry[] {
  return factor === undefined ? [] : [['scale', factor]];
}

function cumulativeOption(isCumulative: boolean): readonly OptionEntry[] {
  return isCumulative ? [] : [['cumulative', false]];
}

function scaledPath(path: string, scale: Scale) {
  const fields: readonly OptionEntry[] = [['path', path], ...factorOption(scale)];
  return scale.factor === undefined ? path : { fields };
}

/** Lists of objects, one for each bucket or quantile. */
function findInLists(place: Place, lists: readonly (readonly unknown[])[]): Distribution | undefined {
  const rows = lists.flat();
  const first = rows[0];
  if (!isFields(first) || rows.length > 5000) return undefined;
  const names = Object.keys(first);
  if (!names.every(isFieldKey)) return undefined;
  const has = (pattern: RegExp) => names.find((name) => namesAny(name, pattern));
  const isClean = (name: string, read: (value: unknown) => number | undefined) =>
    rows.every((row) => isFields(row) && read(ownField(row, name)) !== undefined);
  const path = renderPath([...place.keys, place.key], '[*]');
  const rank = has(RANK_NAMES);
  const size = findLargest(lists.map((list) => list.length));
  if (rank !== undefined && names.length === 2) {
    const value = names.find((name) => name !== rank);
    if (value === undefined || !isClean(rank, toNumber) || !isClean(value, toNumber)) return undefined;
    const ranks = rows.map((row) => (isFields(row) ? (toNumber(ownField(row, rank)) ?? -1) : -1));
    const isPercent = findLargest(ranks) > 1;
    if (ranks.some((each) => each < 0 || each > 100)) return undefined;
    const scale = findScale(value);
    const map: OptionEntry[] = [
      ['path', path],
      [
        'quantile',
        isPercent
          ? {
              fields: [
                ['path', renderPath([rank])],
                ['scale', 0.01],
              ],
            }
          : renderPath([rank]),
      ],
      ['value', scaledPath(renderPath([value]), scale)],
    ];
    return complete(place, { type: 'summary', options: [['quantiles', { fields: map }]], size: size + 2, scale });
  }
  const bound = has(BOUND_NAMES);
  const count =
    names.find((name) => name !== bound && namesAny(name, COUNT_NAMES)) ??
    (names.length === 2 ? names.find((name) => name !== bound) : undefined);
  if (bound === undefined || count === undefined || size < 2 || names.length > 3) return undefined;
  if (!isClean(bound, (value) => (typeof value === 'string' ? readBound(value) : toNumber(value)))) return undefined;
  if (!isClean(count, toNumber)) return undefined;
  const isCumulative = lists.every((list) =>
    isRising(list.map((row) => (isFields(row) ? (toNumber(ownField(row, count)) ?? 0) : 0))),
  );
  const scale = findScale(bound);
  const map: OptionEntry[] = [
    ['path', path],
    ['bound', scaledPath(renderPath([bound]), scale)],
    ['count', renderPath([count])],
    ...cumulativeOption(isCumulative),
  ];
  return complete(place, { type: 'histogram', options: [['buckets', { fields: map }]], size: size + 3, scale });
}

const TOTAL_COUNTS = /^(count|requests?|calls?|observations|samples|n|ops|operations|queries|invocations)$/;
const TOTAL_SUMS = /^(sum|total|totaltime|seconds|duration)$/;

/** Adds the count and the sum, where fields beside it are those in every element. */
function complete(
  { key, keys, beside }: Place,
  found: {
    readonly type: Distribution['type'];
    readonly options: readonly OptionEntry[];
    readonly size: number;
    readonly scale: Scale;
  },
): Distribution {
  const { scale } = found;
  const usable = [...beside.columns].filter(([name, { values }]) => {
    const { numbers, strings } = countKinds(values);
    return (
      name !== key && isFieldKey(name) && values.length === beside.filled && numbers === values.length && strings === 0
    );
  });
  const count = usable.find(([name]) => TOTAL_COUNTS.test(splitWords(name).join('')))?.[0];
  const sum = usable.find(([name]) => name !== count && namesSum(name))?.[0];
  const sumScale = sum === undefined ? undefined : findScale(sum);
  const options: OptionEntry[] = [...found.options];
  if (count !== undefined) options.push(['count', renderPath([...keys, count])]);
  if (sum !== undefined && sumScale !== undefined) {
    // A sum without a unit has that of the bounds.
    const factor = sumScale.unit.length === 0 ? scale : sumScale;
    options.push(['sum', scaledPath(renderPath([...keys, sum]), factor)]);
  }
  const unit = scale.unit.length > 0 ? scale.unit : (sumScale?.unit ?? []);
  const notes = unit.length === 0 ? ['the unit is not in the name'] : [];
  const consumed = [count, sum].filter((name) => name !== undefined);
  return { type: found.type, options, unit, consumed, notes, size: found.size };
}

function namesSum(key: string): boolean {
  const all = splitWords(key);
  const rest = all.filter((word) => findUnit(word) === undefined);
  return TOTAL_SUMS.test(rest.join('')) || (rest.length === 0 && all.length > 0);
}
