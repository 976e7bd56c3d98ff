import { isFields, ownField } from '../../golang/values.js';
import { parseDocument } from '../../jsonpath/document.js';
import { PathFailure } from '../../jsonpath/path.js';
import type { Bytes } from '../../model/bytes.js';
import { type DropCause, DropTally } from '../../model/drops.js';
import { ZxpError } from '../../model/errors.js';
import type { Translation } from '../../model/metrics.js';
import type { Steps, TranslationContext, Translator } from '../../model/ports.js';
import { readWhole } from '../document/chunked-document.js';
import { SampleBudget } from '../mapping/budget.js';
import { type Pair, toDistribution, toNumber } from '../mapping/distribution.js';
import { addCounts, type BucketRun, toIndexedBuckets, toNativeHistogram } from '../mapping/exponential.js';
import type { FamilyPlan } from '../mapping/family-plan.js';
import { FamilySet, mergeFamilies, type RowKey } from '../mapping/rows.js';
import { type Labels, toLabels } from './attributes.js';
import { nameMetric } from './names.js';

/** Data points between two turns of the event loop. */
const POINTS_PER_STEP = 1000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Translates OTLP/JSON: what an exporter of OpenTelemetry sends, or a list of such documents, by OpenTelemetry's rules
 * for Prometheus. What Prometheus has no form for is dropped and counted; throws `schema` where there is no resourceMetrics.
 */
export const otlpTranslator: Translator = { name: 'otlp', translate };

function* translate(body: Bytes, context: TranslationContext): Steps<Translation> {
  const document = yield* readWhole(body, context, parseDocument);
  const documents = Array.isArray(document) ? document : [document];
  const reader = new PointReader(context);
  let points = 0;
  // Of the same series in several documents the first one counts, and the last document is the newest.
  for (let i = documents.length - 1; i >= 0; i--) {
    const at = Array.isArray(document) ? `[${i}].` : '';
    for (const { where, value: resource } of listOf(documents[i], 'resourceMetrics', at)) {
      const outer = toResource(ownField(resource, 'resource'));
      reader.addResource(outer);
      for (const scope of listOf(resource, 'scopeMetrics', `${where}.`)) {
        for (const metric of listOf(scope.value, 'metrics', `${scope.where}.`)) {
          for (const point of reader.listPoints(metric)) {
            reader.readPoint(point, outer);
            if (++points % POINTS_PER_STEP === 0) yield;
          }
        }
      }
    }
  }
  const isOtlp = documents.some((each) => isFields(each) && Array.isArray(ownField(each, 'resourceMetrics')));
  if (!isOtlp && documents.length > 0) {
    throw new ZxpError('schema', 'the response is JSON, but not OTLP: there is no list resourceMetrics');
  }
  return { families: mergeFamilies([reader.families]), drops: reader.drops };
}

interface Located {
  readonly value: Fields;
  readonly where: string;
}

/** The objects of a list in a field; what is none is left out. */
function* listOf(from: unknown, key: string, ...[prefix = '']: [prefix?: string]): Generator<Located> {
  const list = isFields(from) ? ownField(from, key) : undefined;
  if (!Array.isArray(list)) return;
  for (const [i, value] of list.entries()) if (isFields(value)) yield { value, where: `${prefix}${key}[${i}]` };
}

interface Resource {
  /** `job` and `instance`, of every series. */
  readonly identity: Labels;
  /** What else is known of it. */
  readonly rest: Labels;
}

/** `service.namespace`/`service.name` is the job, `service.instance.id` the instance. */
function toResource(resource: unknown): Resource {
  const labels = toLabels(isFields(resource) ? ownField(resource, 'attributes') : undefined);
  const identity = new Map<string, string>();
  const name = labels.get('service_name');
  const namespace = labels.get('service_namespace');
  const instance = labels.get('service_instance_id');
  if (name !== undefined) identity.set('job', namespace === undefined ? name : `${namespace}/${name}`);
  if (instance !== undefined) identity.set('instance', instance);
  const isIdentity = (key: string) => /^service_(name|namespace|instance_id)$/.test(key);
  return { identity, rest: new Map([...labels].filter(([key]) => !isIdentity(key))) };
}

/** One data point, and the metric that it is of. */
interface Point extends Located {
  readonly plan: FamilyPlan;
  readonly data: Fields;
}

const DELTA: readonly unknown[] = [1, 'AGGREGATION_TEMPORALITY_DELTA'];
const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;
type Kind = (typeof KINDS)[number];

/** A point whose `flags` have this bit has no value: the series has ended. */
const NO_RECORDED_VALUE = 1;

const targetInfo: FamilyPlan = {
  name: 'target_info',
  textName: 'target_info',
  help: 'What is known of the resource that the metrics are of.',
  unit: undefined,
  type: 'info',
};

class PointReader {
  readonly families = new FamilySet();
  readonly drops = new DropTally();
  readonly #budget: SampleBudget;
  readonly #work: TranslationContext['work'];

  constructor({ limits, work }: TranslationContext) {
    this.#budget = new SampleBudget(limits);
    this.#work = work;
  }

  addResource({ identity, rest }: Resource): void {
    this.#work.spend(200);
    if (rest.size === 0) return;
    const key = this.#toKey([identity, rest], targetInfo);
    this.#budget.take(1);
    this.families.scalar(targetInfo)?.push(key, 1);
  }

  *listPoints({ value: metric, where }: Located): Generator<Point> {
    this.#work.spend(100);
    const kind = KINDS.find((each) => isFields(ownField(metric, each)));
    const data = kind === undefined ? undefined : ownField(metric, kind);
    if (kind === undefined || !isFields(data)) return this.#drop('shape', where, 'the metric has no data');
    const points = [...listOf(data, 'dataPoints', `${where}.${kind}.`)];
    const plan = toPlan(metric, kind, data);
    if (plan === undefined) return this.#drop('name', where, 'the name is empty or too long', points.length);
    if (kind !== 'gauge' && kind !== 'summary' && DELTA.includes(ownField(data, 'aggregationTemporality'))) {
      const message = 'its values are deltas, which Prometheus does not have: make them cumulative';
      return this.#drop('shape', where, message, points.length);
    }
    for (const point of points) yield { ...point, plan, data };
  }

  readPoint({ value: point, where, plan }: Point, { identity }: Resource): undefined {
    this.#work.spend(200);
    const flags = toNumber(ownField(point, 'flags')) ?? 0;
    if ((flags & NO_RECORDED_VALUE) !== 0) return;
    const key = this.#toKey([identity, toLabels(ownField(point, 'attributes'))], plan);
    const startMs = toMilliseconds(ownField(point, 'startTimeUnixNano'));
    const at = { plan, where, key: plan.type === 'gauge' ? key : { ...key, startMs } };
    if (plan.type === 'exponential_histogram') this.#readExponential(point, at);
    else if (plan.type === 'histogram') this.#readHistogram(point, at);
    else if (plan.type === 'summary') this.#readSummary(point, at);
    else this.#readNumber(point, at);
  }

  #readNumber(point: Fields, { plan, where, key }: At): undefined {
    const value = toNumber(ownField(point, 'asDouble') ?? ownField(point, 'asInt'));
    if (value === undefined) return this.#drop('value', where, 'the value is not a number');
    this.#budget.take(1);
    const rows = this.families.scalar(plan);
    if (rows === undefined) return this.#drop('collision', where, ANOTHER_TYPE);
    rows.push(key, value);
  }

  #readHistogram(point: Fields, at: At): undefined {
    const bounds = this.#readNumbers(ownField(point, 'explicitBounds'));
    const counts = this.#readNumbers(ownField(point, 'bucketCounts'));
    const isWhole = bounds !== undefined && counts !== undefined && [0, bounds.length + 1].includes(counts.length);
    if (!isWhole) return this.#drop('bucket', at.where, 'the buckets and their bounds do not match');
    const pairs = counts.map((value, i): Pair => ({ bound: bounds[i] ?? Number.POSITIVE_INFINITY, value }));
    this.#pushDistribution(point, pairs, { ...at, type: 'histogram' });
  }

  #readSummary(point: Fields, at: At): undefined {
    const given = [...listOf(point, 'quantileValues')].map(({ value }) => ({
      // OTLP leaves out what is 0.
      bound: toNumber(ownField(value, 'quantile') ?? 0),
      value: toNumber(ownField(value, 'value') ?? 0),
    }));
    this.#budget.check(given.length + 2);
    const pairs = given.flatMap(({ bound, value }): readonly Pair[] =>
      bound === undefined || value === undefined || !(bound >= 0 && bound <= 1) ? [] : [{ bound, value }],
    );
    if (pairs.length < given.length) return this.#drop('bucket', at.where, 'a quantile is not a number from 0 to 1');
    this.#pushDistribution(point, pairs, { ...at, type: 'summary' });
  }

  #pushDistribution(
    point: Fields,
    pairs: readonly Pair[],
    { plan, where, key, type }: At & { readonly type: 'histogram' | 'summary' },
  ): undefined {
    const count = toNumber(ownField(point, 'count') ?? 0);
    const sum = toNumber(ownField(point, 'sum') ?? (type === 'summary' ? 0 : 'NaN'));
    if (count === undefined || sum === undefined) return this.#drop('value', where, 'count or sum is not a number');
    const distribution = toDistribution(pairs, { type, isCumulative: type === 'summary', count, sum });
    if (distribution instanceof PathFailure) return this.#drop('bucket', where, distribution.message);
    this.#budget.take(distribution.bounds.length + 2);
    const rows = this.families.distribution(plan);
    if (rows === undefined) return this.#drop('collision', where, ANOTHER_TYPE);
    rows.push(key, distribution);
  }

  #readExponential(point: Fields, { plan, where, key }: At): undefined {
    const number = (name: string, otherwise: number) => {
      const value = ownField(point, name);
      return value === undefined ? otherwise : (toNumber(value) ?? Number.NaN);
    };
    const buckets = toIndexedBuckets({
      scale: number('scale', 0),
      zeroCount: number('zeroCount', 0),
      zeroThreshold: number('zeroThreshold', 0),
      positive: this.#readRun(ownField(point, 'positive')),
      negative: this.#readRun(ownField(point, 'negative')),
    });
    const found =
      buckets instanceof PathFailure
        ? buckets
        : toNativeHistogram(buckets, { count: number('count', addCounts(buckets)), sum: number('sum', Number.NaN) });
    if (found instanceof PathFailure) return this.#drop('bucket', where, found.message);
    this.#budget.take(found.buckets.positive.indexes.length + found.buckets.negative.indexes.length + 4);
    const rows = this.families.exponential(plan);
    if (rows === undefined) return this.#drop('collision', where, ANOTHER_TYPE);
    rows.push(key, found);
  }

  /** What is no list of numbers gives a count that is refused. */
  #readRun(run: unknown): BucketRun {
    if (!isFields(run)) return { offset: 0, counts: [] };
    const counts = this.#readNumbers(ownField(run, 'bucketCounts')) ?? [Number.NaN];
    return { offset: toNumber(ownField(run, 'offset') ?? 0) ?? Number.NaN, counts };
  }

  /** Undefined for what is no list of numbers. Throws `limit` for more of them than samples may be. */
  #readNumbers(value: unknown): readonly number[] | undefined {
    if (Array.isArray(value)) {
      this.#budget.check(value.length);
      this.#work.spend(value.length * 20);
    }
    return toNumbers(value);
  }

  /** The labels of several maps; of one name the first one counts. */
  #toKey(maps: readonly Labels[], plan: FamilyPlan): RowKey {
    const labels = new Map<string, string>();
    for (const map of maps) {
      this.#work.spend(map.size * 20);
      for (const [name, value] of map) {
        const isOwn =
          (name === 'le' && plan.type.endsWith('histogram')) || (name === 'quantile' && plan.type === 'summary');
        const own = isOwn ? `${name}_` : name;
        if (labels.has(own)) continue;
        this.#budget.checkLabel(plan.name, value);
        labels.set(own, value);
      }
    }
    return { names: [...labels.keys()], values: [...labels.values()], timestampMs: undefined };
  }

  #drop(cause: DropCause, where: string, ...[message, samples = 1]: [message: string, samples?: number]): undefined {
    this.drops.add({ cause, samples, where, message });
    return undefined;
  }
}

interface At {
  readonly plan: FamilyPlan;
  readonly where: string;
  readonly key: RowKey;
}

const ANOTHER_TYPE = 'the family is there with another type';

function toPlan(metric: Fields, kind: Kind, data: Fields): FamilyPlan | undefined {
  const text = (key: string) => {
    const value = ownField(metric, key);
    return typeof value === 'string' ? value : '';
  };
  const isCounter = kind === 'sum' && ownField(data, 'isMonotonic') === true;
  const isGauge = kind === 'gauge' || (kind === 'sum' && !isCounter);
  const type = isCounter ? 'counter' : isGauge ? 'gauge' : 'other';
  const name = nameMetric({ name: text('name'), unit: text('unit'), type });
  if (name === undefined) return undefined;
  const familyType = type !== 'other' ? type : toFamilyType(kind);
  return { name, textName: name, help: text('description') || name, unit: undefined, type: familyType };
}

function toFamilyType(kind: Kind): FamilyPlan['type'] {
  switch (kind) {
    case 'exponentialHistogram':
      return 'exponential_histogram';
    case 'summary':
    case 'histogram':
      return kind;
    default:
      return 'gauge';
  }
}

/** Undefined for what is no list of numbers; no list at all is an empty one. */
function toNumbers(value: unknown): readonly number[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map(toNumber);
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

/** Undefined for 0, which is how OTLP says that nobody knows. */
function toMilliseconds(nanoseconds: unknown): number | undefined {
  const value = toNumber(nanoseconds) ?? 0;
  const milliseconds = Math.round(value / 1e6);
  return milliseconds > 0 && Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}
