import { parseGoInt } from '../../golang/number.js';
import { PathFailure } from '../../jsonpath/path.js';
import type { DropTally } from '../../model/drops.js';
import type { Exemplar, MetricDetail } from '../../model/metrics.js';
import type { MappingSpec, MetricSpec, ValueSpec } from '../../model/module.js';
import type { RunContext } from '../cel-context.js';
import { Aggregator, type FoldName } from './aggregator.js';
import type { SampleBudget } from './budget.js';
import { compileExemplar, compileStart, type ExemplarReader, type StartReader } from './cumulative.js';
import { compileDistribution, type DistributionReader } from './distribution.js';
import { compileExponential, type ExponentialReader, listExponentialValues } from './exponential.js';
import { type FamilyPlan, type FamilyPlans, type LabelNames, nameStateLabel, planLabelNames } from './family-plan.js';
import type { SampleFilter } from './filters.js';
import { Scope } from './iteration-context.js';
import { findKeySteps } from './levels.js';
import type { FamilySet, RowKey, ScalarRows } from './rows.js';
import { compileSteps, type Iteration } from './steps.js';
import {
  type Compiling,
  compileLabel,
  compileState,
  compileValue,
  type TextReader,
  type ValueReader,
} from './value-reader.js';

/** A metric, compiled: adds what it finds in a document to the families, and says how that went. */
export type CompiledMetric = (document: unknown, output: Output) => MetricDetail;

/** What one scrape amounts to so far. */
export interface Output {
  readonly families: FamilySet;
  readonly drops: DropTally;
  readonly budget: SampleBudget;
  readonly run: RunContext | undefined;
}

/** What the metrics of one module share while they are compiled. */
export interface MetricContext {
  readonly mapping: MappingSpec;
  readonly compiling: Omit<Compiling, 'options'>;
  readonly plans: FamilyPlans;
  readonly filter: SampleFilter | undefined;
}

interface CompiledValue {
  readonly plan: FamilyPlan;
  readonly number: ValueReader['number'];
  readonly states: StateSet | undefined;
}

interface StateSet {
  readonly names: readonly string[];
  readonly labelNames: readonly string[];
  readonly text: TextReader;
}

interface Program {
  readonly spec: MetricSpec;
  readonly iterate: Iteration;
  readonly labelNames: LabelNames;
  readonly labels: readonly TextReader[];
  readonly staticValues: readonly string[];
  readonly values: readonly CompiledValue[];
  readonly distribution: { readonly plan: FamilyPlan; readonly read: DistributionReader } | undefined;
  readonly exponential: { readonly plan: FamilyPlan; readonly read: ExponentialReader } | undefined;
  readonly timestamp: ValueReader | undefined;
  readonly start: StartReader | undefined;
  readonly exemplar: ExemplarReader | undefined;
  readonly filter: SampleFilter | undefined;
  readonly fold: FoldName | undefined;
}

const MAX_FAILURES = 5;

/** Compiles one metric of a module; what is wrong with it goes to the problems. */
export function compileMetric(spec: MetricSpec, context: MetricContext): CompiledMetric {
  const program = plan(spec, context);
  return (document, output) => new MetricRun(program, output).run(document);
}

function plan(spec: MetricSpec, { mapping, compiling: shared, plans, filter }: MetricContext): Program {
  const options = { allowMissingKey: spec.allowMissingKey, strictNumbers: mapping.isStrict };
  const compiling = { ...shared, options };
  const labelNames = planLabelNames(spec, mapping, shared.problems);
  const keySteps = findKeySteps(listValues(spec), {
    stepCount: spec.steps.length,
    problems: shared.problems,
    readsKey: shared.readsKey,
  });
  return {
    spec,
    iterate:
      spec.mode === 'value' ? (scope, visitor) => visitor.visit(scope) : compileSteps(spec.steps, compiling, keySteps),
    labelNames,
    labels: spec.labels.map((label) => compileLabel(label.value, compiling)),
    staticValues: mapping.staticLabels.map(([, value]) => value),
    values: spec.values.flatMap((named) => {
      const { value, states } = named;
      const family = plans.plan(spec, named);
      const { number } = compileValue(value, compiling);
      const stateSet = states && {
        names: states.names,
        labelNames: [...labelNames.names, nameStateLabel(spec, named)],
        text: compileState(value, { ...compiling, problems: [], pathProblems: [], queries: [] }),
      };
      return family === undefined ? [] : [{ plan: family, number, states: stateSet }];
    }),
    distribution: planDistribution(spec, plans, compiling),
    exponential: planExponential(spec, plans, compiling),
    timestamp: spec.timestamp === undefined ? undefined : compileValue(spec.timestamp, compiling),
    start: spec.start && compileStart(spec.start, compiling),
    exemplar: spec.exemplar && compileExemplar(spec.exemplar, compiling),
    filter,
    fold: spec.aggregate ?? (spec.duplicates === 'first' ? undefined : spec.duplicates),
  };
}

/** Everything that is read of an element. */
function listValues(spec: MetricSpec): readonly (ValueSpec | undefined)[] {
  const { labels, values, timestamp, distribution, start, exemplar } = spec;
  const named = [...labels, ...values, ...(exemplar?.labels ?? [])].map((each) => each.value);
  const others = [timestamp, start?.value, exemplar?.value, exemplar?.timestamp];
  return [...named, ...others, distribution?.count, distribution?.sum, ...listExponentialValues(spec.exponential)];
}

function planDistribution(spec: MetricSpec, plans: FamilyPlans, compiling: Compiling): Program['distribution'] {
  if (spec.distribution === undefined) return undefined;
  const family = plans.plan(spec);
  const read = compileDistribution(spec.distribution, compiling, spec.steps.length);
  return family === undefined ? undefined : { plan: family, read };
}

function planExponential(spec: MetricSpec, plans: FamilyPlans, compiling: Compiling): Program['exponential'] {
  if (spec.exponential === undefined) return undefined;
  const family = plans.plan(spec);
  const read = compileExponential(spec.exponential, compiling);
  return family === undefined ? undefined : { plan: family, read };
}

/** One metric over one document. */
class MetricRun {
  readonly #program: Program;
  readonly #output: Output;
  readonly #folded: readonly (Aggregator | undefined)[];
  /** The family of each value, once it has a row. */
  readonly #rows: (ScalarRows | undefined)[] = [];
  /** What the labels from further up said of the last element there. */
  readonly #outerLabels: { readonly element: unknown; readonly text: string | PathFailure }[] = [];
  readonly #failures: string[] = [];
  #checkedKey: RowKey | undefined;
  #entered = 0;
  #elements = 0;
  #samples = 0;

  constructor(program: Program, output: Output) {
    this.#program = program;
    this.#output = output;
    const { fold, values } = program;
    this.#folded = values.map((value) => (fold === undefined ? undefined : new Aggregator(fold, value.plan.name)));
  }

  run(document: unknown): MetricDetail {
    const { spec, iterate, values } = this.#program;
    iterate(new Scope(document, this.#output.run), this);
    values.forEach(({ plan: family }, i) => {
      const rows = this.#output.families.scalar(family);
      if (rows !== undefined) this.#folded[i]?.flush(rows);
    });
    return {
      name: spec.name,
      where: spec.where,
      path:
        spec.mode === 'value' ? describeSource(spec.values[0]?.value) : spec.steps.map((step) => step.path).join(' > '),
      elements: this.#elements,
      samples: this.#samples,
      failures: this.#failures,
    };
  }

  enter(): void {
    this.#output.budget.checkElements(this.#program.spec.name, ++this.#entered);
  }

  fail(failure: PathFailure): void {
    this.#drop(failure, 'path', 'path');
  }

  visit(scope: Scope): void {
    this.#elements++;
    const key = this.#readKey(scope);
    const { distribution, exponential, values } = this.#program;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === undefined || !this.#isWanted(value.plan, key)) continue;
      if (value.states === undefined) this.#addNumber(i, value, { key, scope });
      else this.#addStates(value, value.states, { key, scope });
    }
    if (distribution !== undefined && this.#isWanted(distribution.plan, key))
      this.#addDistribution(distribution, key, scope);
    if (exponential !== undefined && this.#isWanted(exponential.plan, key))
      this.#addExponential(exponential, key, scope);
  }

  #readKey(scope: Scope): RowKey {
    const { labels, labelNames, staticValues } = this.#program;
    const values: string[] = [];
    for (let i = 0; i < labels.length; i++) {
      const text = this.#readLabel(i, scope);
      if (typeof text === 'string') values.push(text);
      else {
        values.push('');
        if (text !== undefined) this.#note(`label ${labelNames.names[i]}`, text);
      }
    }
    for (const value of staticValues) values.push(value);
    const key = { names: labelNames.names, values, timestampMs: this.#readTimestamp(scope) };
    const { start, exemplar } = this.#program;
    if (start === undefined && exemplar === undefined) return key;
    return { ...key, startMs: this.#readStart(scope), exemplar: this.#readExemplar(scope) };
  }

  #readStart(scope: Scope): number | undefined {
    const found = this.#program.start?.(scope);
    if (!(found instanceof PathFailure)) return found;
    this.#note(this.#program.spec.start?.kind ?? '', found);
    return undefined;
  }

  #readExemplar(scope: Scope): Exemplar | undefined {
    const found = this.#program.exemplar?.(scope);
    if (found instanceof PathFailure) {
      // Not every element has one.
      if (!found.isAbsent) this.#note('exemplar', found);
      return undefined;
    }
    for (const text of found?.labelValues ?? []) this.#output.budget.checkLabel(this.#program.spec.name, text);
    return found;
  }

  /** What a label takes from further up is read once for all the elements below. */
  #readLabel(i: number, scope: Scope): string | PathFailure | undefined {
    const { spec, labels } = this.#program;
    const levelsUp = spec.labels[i]?.value.levelsUp ?? 0;
    if (levelsUp === 0) return labels[i]?.(scope);
    const element = scope.elementAt(levelsUp);
    const known = this.#outerLabels[i];
    if (known?.element === element && typeof element === 'object') return known?.text;
    const text = labels[i]?.(scope);
    if (text !== undefined) this.#outerLabels[i] = { element, text };
    return text;
  }

  #readTimestamp(scope: Scope): number | undefined {
    const { timestamp, spec } = this.#program;
    if (timestamp === undefined) return undefined;
    const found =
      spec.timestamp?.date === undefined ? readMilliseconds(timestamp.text(scope)) : timestamp.number(scope);
    if (found instanceof PathFailure) {
      this.#note('timestamp', found);
      return undefined;
    }
    const milliseconds = spec.timestamp?.date === undefined ? found : Math.round(found * 1000);
    if (Number.isSafeInteger(milliseconds)) return milliseconds;
    this.#note('timestamp', noTime);
    return undefined;
  }

  #isWanted(family: FamilyPlan, key: RowKey): boolean {
    const { filter, labelNames } = this.#program;
    return filter?.(family.textName, labelNames.textNames, key.values) ?? true;
  }

  #addNumber(i: number, value: CompiledValue, { key, scope }: { key: RowKey; scope: Scope }): void {
    const number = value.number(scope);
    if (typeof number !== 'number') {
      this.#drop(number, 'value', value.plan.name);
      return;
    }
    const folded = this.#folded[i];
    if (folded !== undefined) {
      if (folded.push(key, number)) this.#count(value.plan, key, 1);
      return;
    }
    this.#count(value.plan, key, 1);
    const rows = this.#rows[i] ?? this.#output.families.scalar(value.plan);
    this.#rows[i] = rows;
    rows?.push(key, number);
  }

  #addStates(value: CompiledValue, states: StateSet, at: { key: RowKey; scope: Scope }): void {
    const text = states.text(at.scope);
    if (typeof text !== 'string') {
      this.#drop(text, 'value', value.plan.name);
      return;
    }
    this.#count(value.plan, at.key, states.names.length);
    const family = this.#output.families.scalar(value.plan);
    for (const state of states.names) {
      const key = { ...at.key, names: states.labelNames, values: [...at.key.values, state] };
      family?.push(key, state === text ? 1 : 0);
    }
  }

  #addDistribution(distribution: NonNullable<Program['distribution']>, key: RowKey, scope: Scope): void {
    const found = distribution.read(scope, this.#output.budget);
    if (found instanceof PathFailure) {
      this.#drop(found, 'bucket', distribution.plan.name);
      return;
    }
    this.#count(distribution.plan, key, found.bounds.length + 2);
    this.#output.families.distribution(distribution.plan)?.push(key, found);
  }

  #addExponential(exponential: NonNullable<Program['exponential']>, key: RowKey, scope: Scope): void {
    const found = exponential.read(scope, this.#output.budget);
    if (found instanceof PathFailure) {
      this.#drop(found, 'bucket', exponential.plan.name);
      return;
    }
    const { positive, negative } = found.buckets;
    // As a classic histogram: a zero bucket, one of infinity, a sum and a count besides.
    this.#count(exponential.plan, key, positive.indexes.length + negative.indexes.length + 4);
    this.#output.families.exponential(exponential.plan)?.push(key, found);
  }

  /** Throws `limit` where the scrape has too many samples, or a label that is too long. */
  #count(family: FamilyPlan, key: RowKey, samples: number): void {
    const { budget } = this.#output;
    this.#samples += samples;
    budget.take(samples);
    if (this.#checkedKey === key) return;
    this.#checkedKey = key;
    for (const text of key.values) budget.checkLabel(family.name, text);
  }

  #drop(failure: PathFailure, cause: 'path' | 'value' | 'bucket', where: string): void {
    this.#note(where, failure);
    if (failure.kind === 'missing' && this.#program.spec.allowMissingKey) return;
    const place = where === 'path' ? this.#program.spec.name : where;
    this.#output.drops.add({
      cause: failure.kind === 'missing' ? 'missing' : cause,
      samples: 1,
      where: place,
      message: failure.message,
    });
  }

  #note(what: string, failure: PathFailure): void {
    if (this.#failures.length >= MAX_FAILURES) return;
    const text = `${what}: ${failure.message}`;
    if (!this.#failures.includes(text)) this.#failures.push(text);
  }
}

/** What a value is read from, for the debug view. */
function describeSource(value: ValueSpec | undefined): string {
  if (value?.cel !== undefined) return `cel: ${value.cel}`;
  if (value?.header !== undefined) return `header: ${value.header}`;
  return value?.isStatus ? 'status' : (value?.path ?? '');
}

const noTime = new PathFailure('error', 'no time that Prometheus can take');
const noMilliseconds = new PathFailure('error', 'the text is not a whole number of milliseconds');

/** json_exporter's timestamp: a whole number of milliseconds. */
function readMilliseconds(text: string | PathFailure): number | PathFailure {
  if (typeof text !== 'string') return text;
  const milliseconds = parseGoInt(text);
  return milliseconds === undefined ? noMilliseconds : Number(milliseconds);
}
