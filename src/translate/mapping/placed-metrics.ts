import type { NumberText } from '../../golang/number.js';
import { sameTexts } from '../../model/metrics.js';
import type { ValueSpec } from '../../model/module.js';
import type { PlacedFamily, PlacedMetric } from '../../model/placed-rows.js';
import type { FieldLayout } from '../document/row-layout.js';
import { RowReader } from '../document/row-reader.js';
import type { ArrayPath } from '../document/scan.js';
import type { MetricProgram } from './metric.js';
import type { TextReader } from './value-reader.js';

/** Each key of an element is looked for among the fields: a mebibyte of keys that are none of so many takes some 45 ms. */
const MAX_FIELDS = 32;

/** Digits of a whole number that Go writes like any other program. */
const GO_DIGITS = 6;
const MAX_DIGITS = 15;

/** The metrics of which plain documents have all that is wanted in places that are known beforehand. */
export interface PlacedMetrics {
  readonly reader: RowReader;
  /** By the arrays of the module: all metrics that go through it; undefined for an array that others go through, too. */
  readonly byArray: readonly (PlacedArray | undefined)[];
  /** Whether there are no other metrics. */
  readonly areAll: boolean;
}

export interface PlacedArray {
  /** Which of the arrays it is to the reader. */
  readonly index: number;
  readonly metrics: readonly PlacedProgram[];
}

export interface PlacedProgram {
  readonly program: MetricProgram;
  readonly metric: PlacedMetric;
}

/**
 * Finds the metrics whose labels and values are fields of the elements of one array, as they stand there. `takableNames` are those
 * of families that have rows of one metric alone.
 */
export function planPlaced(
  metrics: readonly MetricProgram[],
  {
    arrays,
    takableNames,
    labelNumbers,
  }: {
    readonly arrays: readonly ArrayPath[];
    readonly takableNames: ReadonlySet<string>;
    readonly labelNumbers: NumberText;
  },
): PlacedMetrics | undefined {
  const wholeDigits = labelNumbers === 'go' ? GO_DIGITS : MAX_DIGITS;
  const layouts: { readonly array: ArrayPath; readonly fields: readonly FieldLayout[] }[] = [];
  const byArray = arrays.map((array) => {
    const own = metrics.filter((metric) => metric.array !== undefined && sameTexts(metric.array, array));
    const fields = new FieldSet(wholeDigits);
    const placed = own.map((program) => placeMetric(program, fields, ...[takableNames]));
    const isReadable = !fields.areNested && fields.all.length <= MAX_FIELDS && array.every(isItself);
    if (!isFull(placed) || placed.length === 0 || !isReadable) return undefined;
    layouts.push({ array, fields: fields.all });
    return { index: layouts.length - 1, metrics: placed };
  });
  if (layouts.length === 0) return undefined;
  const count = byArray.reduce((sum, each) => sum + (each?.metrics.length ?? 0), 0);
  return { reader: new RowReader(layouts), byArray, areAll: count === metrics.length };
}

function isFull<T>(list: readonly (T | undefined)[]): list is readonly T[] {
  return list.every((each) => each !== undefined);
}

function placeMetric(
  program: MetricProgram,
  fields: FieldSet,
  ...[takableNames]: [takableNames: ReadonlySet<string>]
): PlacedProgram | undefined {
  const { spec, steps, labels, values } = program;
  const isPlain =
    steps.length === 1 &&
    steps[0]?.shapes[0]?.rest === 'wildcard' &&
    steps[0].isOneArray &&
    [program.name, program.distribution, program.exponential, program.timestamp, program.filter, program.fold].every(
      (each) => each === undefined,
    ) &&
    values.length > 0 &&
    values.length === spec.values.length &&
    values.every(({ plan, states }) => states === undefined && takableNames.has(plan.name)) &&
    new Set(values.map(({ plan }) => plan.name)).size === values.length;
  if (!isPlain) return undefined;
  const mayBeEmpty = !spec.allowMissingKey;
  const labelFields = spec.labels.map(({ value }, i) =>
    fields.add({ spec: value, reader: labels[i] }, 'label', ...[mayBeEmpty]),
  );
  const families = values.map(({ plan, reader }, i): PlacedFamily | undefined => {
    const { name, type } = plan;
    const value = spec.values[i]?.value;
    const field = value && fields.add({ spec: value, reader }, 'value', ...[false]);
    const isNumber = type === 'counter' || type === 'gauge' || type === 'untyped';
    return field === undefined || !isNumber ? undefined : { name, field };
  });
  if (!isFull(labelFields) || !isFull(families)) return undefined;
  const { labelNames, staticValues } = program;
  return { program, metric: { labelNames: labelNames.names, labelFields, staticValues, families } };
}

/** The fields of the elements of one array, each once. */
class FieldSet {
  readonly #wholeDigits: number;
  readonly #byKeys = new Map<string, FieldLayout>();

  constructor(wholeDigits: number) {
    this.#wholeDigits = wholeDigits;
  }

  get all(): readonly FieldLayout[] {
    return [...this.#byKeys.values()];
  }

  /** Whether one of them is below another one. */
  get areNested(): boolean {
    const starts = (inner: readonly string[], outer: readonly string[]) =>
      outer.length < inner.length && outer.every((key, i) => key === inner[i]);
    return this.all.some(({ keys }) => this.all.some((other) => starts(other.keys, keys)));
  }

  /** Which field it is; undefined where it is not one, or is one of another kind already. */
  add(
    { spec, reader }: { readonly spec: ValueSpec; readonly reader: TextReader | undefined },
    kind: FieldLayout['kind'],
    ...[mayBeEmpty]: [mayBeEmpty: boolean]
  ): number | undefined {
    const keys = findKeys(spec, reader);
    if (keys === undefined) return undefined;
    const id = JSON.stringify(keys);
    const known = this.#byKeys.get(id);
    if (known !== undefined && known.kind !== kind) return undefined;
    const field = { keys, kind, mayBeEmpty: mayBeEmpty && known?.mayBeEmpty !== false, wholeDigits: this.#wholeDigits };
    this.#byKeys.set(id, field);
    return [...this.#byKeys.keys()].indexOf(id);
  }
}

/** The keys from the element to a value that is shown as it is. */
function findKeys(spec: ValueSpec, reader: TextReader | undefined): readonly string[] | undefined {
  const { path } = reader?.place ?? {};
  const { cel, header, json, fallback, regex, map, unit, date, base, scale } = spec;
  const isChanged = [cel, header, json, fallback, regex, map, unit, date, base, scale].some(
    (each) => each !== undefined,
  );
  if (isChanged || spec.isStatus || spec.isKey || spec.isLength || spec.isAtIndex || spec.levelsUp !== 0)
    return undefined;
  const [shape] = path?.shapes ?? [];
  if (path?.isSingular !== true || shape === undefined || shape.keys.length === 0) return undefined;
  const keys = shape.keys.filter((key) => typeof key === 'string');
  return keys.length === shape.keys.length && keys.every(isItself) ? keys : undefined;
}

/** Whether nothing but these bytes is read as this key: what is not UTF-8 becomes U+FFFD. */
function isItself(key: string): boolean {
  return !key.includes('\ufffd');
}
