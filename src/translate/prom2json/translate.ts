import { isFields, ownField } from '../../golang/values.js';
import { PathFailure } from '../../jsonpath/path.js';
import type { Bytes } from '../../model/bytes.js';
import { type DropCause, DropTally } from '../../model/drops.js';
import { ZxpError } from '../../model/errors.js';
import type { Translation } from '../../model/metrics.js';
import type { Steps, TranslationContext, Translator } from '../../model/ports.js';
import { readWhole } from '../document/chunked-document.js';
import { SampleBudget } from '../mapping/budget.js';
import { type Pair, readObject, toDistribution, toNumber } from '../mapping/distribution.js';
import { addCounts, toBoundedBuckets, toNativeHistogram } from '../mapping/exponential.js';
import type { FamilyPlan } from '../mapping/family-plan.js';
import { FamilySet, mergeFamilies, type RowKey } from '../mapping/rows.js';
import { toMetricName } from '../names.js';

/** Samples between two turns of the event loop. */
const SAMPLES_PER_STEP = 1000;

/**
 * Translates what prom2json makes of an exposition back: families with their names, helps, types and labels. What is
 * not of its form is dropped and counted; throws `schema` where the whole is no list of families.
 */
export const prom2jsonTranslator: Translator = { name: 'prom2json', translate };

const types: ReadonlyMap<unknown, FamilyPlan['type']> = new Map([
  ['COUNTER', 'counter'],
  ['GAUGE', 'gauge'],
  ['UNTYPED', 'untyped'],
  ['HISTOGRAM', 'histogram'],
  ['SUMMARY', 'summary'],
]);

function* translate(body: Bytes, context: TranslationContext): Steps<Translation> {
  const document = yield* readWhole(body, context, JSON.parse);
  if (!Array.isArray(document)) throw noList('it is not a list');
  const reader = new FamilyReader(context);
  for (const [i, family] of document.entries()) {
    const head = reader.readHead(family, i);
    if (head === undefined) continue;
    for (let row = 0; row < head.metrics.length; row++) {
      reader.readMetric(head, row);
      if (row % SAMPLES_PER_STEP === SAMPLES_PER_STEP - 1) yield;
    }
  }
  if (!reader.isPrometheus && document.length > 0) throw noList('no element is a family');
  return { families: mergeFamilies([reader.families]), drops: reader.drops };
}

function noList(what: string): ZxpError {
  return new ZxpError('schema', `the response is JSON, but not that of prom2json: ${what}`);
}

interface Head {
  readonly plan: FamilyPlan;
  readonly where: string;
  readonly metrics: readonly unknown[];
}

class FamilyReader {
  readonly families = new FamilySet();
  readonly drops = new DropTally();
  readonly #budget: SampleBudget;
  readonly #work: TranslationContext['work'];
  /** Whether there was a family. */
  isPrometheus = false;

  constructor({ limits, work }: TranslationContext) {
    this.#budget = new SampleBudget(limits);
    this.#work = work;
  }

  readHead(family: unknown, index: number): Head | undefined {
    const where = `[${index}]`;
    if (!isFields(family)) return this.#drop('shape', where, 'it is not a family');
    const name = ownField(family, 'name');
    const help = ownField(family, 'help');
    const type = types.get(ownField(family, 'type'));
    const metrics = ownField(family, 'metrics');
    if (typeof name !== 'string' || name === '') return this.#drop('name', where, 'the family has no name');
    if (!Array.isArray(metrics)) return this.#drop('shape', where, 'the family has no list of metrics');
    if (type === undefined) return this.#drop('shape', where, 'the type is none that prom2json has', metrics.length);
    this.isPrometheus = true;
    const text = typeof help === 'string' && help !== '' ? help : name;
    return { plan: { name, textName: toMetricName(name) ?? name, help: text, unit: undefined, type }, where, metrics };
  }

  readMetric({ plan, where: family, metrics }: Head, row: number): undefined {
    this.#work.spend(200);
    const where = `${family}.metrics[${row}]`;
    const metric = metrics[row];
    if (!isFields(metric)) return this.#drop('shape', where, 'it is not a metric');
    const key = this.#readKey(metric, { where, plan });
    if (key === undefined) return;
    if (plan.type === 'histogram' || plan.type === 'summary') this.#readDistribution(metric, { plan, key, where });
    else {
      const value = toNumber(ownField(metric, 'value'));
      if (value === undefined) return this.#drop('value', where, 'the value is not a number');
      this.#budget.take(1);
      const rows = this.families.scalar(plan);
      if (rows === undefined) return this.#drop('collision', where, 'the family is there with another type');
      rows.push(key, value);
    }
  }

  #readKey(metric: Readonly<Record<string, unknown>>, at: { where: string; plan: FamilyPlan }): RowKey | undefined {
    const labels = ownField(metric, 'labels') ?? {};
    const names: string[] = [];
    const values: string[] = [];
    if (!isFields(labels)) return this.#drop('label', at.where, 'the labels are not an object');
    const entries = Object.entries(labels);
    this.#work.spend(entries.length * 20);
    for (const [name, value] of entries) {
      const isOwn =
        (name === 'le' && at.plan.type === 'histogram') || (name === 'quantile' && at.plan.type === 'summary');
      if (typeof value !== 'string' || name === '' || name.startsWith('__') || isOwn) {
        return this.#drop('label', at.where, 'a label is reserved, or not a text');
      }
      this.#budget.checkLabel(at.plan.name, value);
      names.push(name);
      values.push(value);
    }
    const timestamp = toNumber(ownField(metric, 'timestamp_ms'));
    return { names, values, timestampMs: Number.isSafeInteger(timestamp) ? timestamp : undefined };
  }

  #readDistribution(
    metric: Readonly<Record<string, unknown>>,
    { plan, key, where }: { readonly plan: FamilyPlan; readonly key: RowKey; readonly where: string },
  ): undefined {
    const type = plan.type === 'summary' ? 'summary' : 'histogram';
    const count = toNumber(ownField(metric, 'count'));
    const sum = toNumber(ownField(metric, 'sum'));
    const given = ownField(metric, type === 'summary' ? 'quantiles' : 'buckets') ?? {};
    if (Array.isArray(given)) return this.#readNative(given, { plan, key, where, count, sum });
    const pairs: Pair[] = [];
    const failure = readObject(given, pairs, this.#budget);
    if (failure !== undefined) return this.#drop('bucket', where, failure.message);
    if (pairs.length === 0 && count === undefined) return this.#drop('missing', where, 'there are no buckets or count');
    const distribution = toDistribution(pairs, { type, isCumulative: true, count, sum });
    if (distribution instanceof PathFailure) return this.#drop('bucket', where, 'the counts of the buckets fall');
    this.#budget.take(distribution.bounds.length + 2);
    const rows = this.families.distribution(plan);
    if (rows === undefined) return this.#drop('collision', where, 'the family is there with another type');
    rows.push(key, distribution);
  }

  /** A list of buckets with their bounds. */
  #readNative(
    lists: readonly unknown[],
    at: {
      readonly plan: FamilyPlan;
      readonly key: RowKey;
      readonly where: string;
      readonly count: number | undefined;
      readonly sum: number | undefined;
    },
  ): undefined {
    this.#budget.check(lists.length);
    const buckets = toBoundedBuckets(lists);
    const total = buckets instanceof PathFailure ? 0 : addCounts(buckets);
    const { count = total, sum = Number.NaN } = at;
    const found = buckets instanceof PathFailure ? buckets : toNativeHistogram(buckets, { count, sum });
    if (found instanceof PathFailure) return this.#drop('bucket', at.where, found.message);
    this.#budget.take(found.buckets.positive.indexes.length + found.buckets.negative.indexes.length + 4);
    const rows = this.families.exponential({ ...at.plan, type: 'exponential_histogram' });
    if (rows === undefined) return this.#drop('collision', at.where, 'the family is there with another type');
    rows.push(at.key, found);
  }

  #drop(cause: DropCause, where: string, ...[message, samples = 1]: [message: string, samples?: number]): undefined {
    this.drops.add({ cause, samples, where, message });
    return undefined;
  }
}
