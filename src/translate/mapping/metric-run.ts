import { parseGoInt } from '../../golang/number.js';
import { PathFailure, refuseLimit } from '../../jsonpath/path.js';
import { DropTally } from '../../model/drops.js';
import type { Exemplar, MetricDetail } from '../../model/metrics.js';
import type { ValueSpec } from '../../model/module.js';
import type { SampleBudget } from './budget.js';
import { DynamicNames } from './dynamic-names.js';
import { FailureNotes } from './failure-notes.js';
import type { FamilyPlan } from './family-plan.js';
import type { Source, Visitor } from './iteration.js';
import type { CompiledValue, MetricProgram, StateSet } from './metric.js';
import { Aggregator, FamilySet, type RowKey, type ScalarRows } from './rows.js';
import { Scope, type ScopeContext } from './scope.js';
import type { ValuePlace } from './value-reader.js';

/** What an element costs at least, beside its paths. */
const ELEMENT_UNITS = 20;

/** What the metrics of one scrape share. */
export interface Output extends ScopeContext {
  readonly budget: SampleBudget;
}

/** One metric over one document, whole or part by part. */
export class MetricRun implements Visitor {
  readonly #program: MetricProgram;
  readonly #output: Output;
  readonly #scope: Scope;
  readonly #notes: FailureNotes;
  /** Families that the metric gives. */
  readonly families = new FamilySet();
  readonly drops = new DropTally();
  readonly #folded: readonly (Aggregator | undefined)[];
  readonly #foldedByName = new Map<string, { readonly folded: Aggregator; readonly plan: FamilyPlan }>();
  /** The family of each value, once it has a row. */
  readonly #rows: (ScalarRows | undefined)[] = [];
  /** What the labels from further up said of the last element there. */
  readonly #outerLabels: { readonly element: unknown; readonly text: string | PathFailure }[] = [];
  #checkedKey: RowKey | undefined;
  #entered = 0;
  /** Of the first step. */
  #matches = 0;
  #elements = 0;
  /** Of those, the ones in which nothing is where the path of the value points. */
  #absent = 0;
  #samples = 0;
  #isOver = false;
  /** Undefined where the configuration has the name. */
  readonly #names: DynamicNames | undefined;

  /** `root` is what labels and values from the root are read of. */
  constructor(program: MetricProgram, output: Output, root: unknown) {
    this.#program = program;
    this.#output = output;
    this.#scope = new Scope(root, output);
    this.#notes = new FailureNotes(program.steps);
    const { fold, values, spec } = program;
    this.#names = spec.dynamicName && new DynamicNames(spec.dynamicName);
    this.#folded = values.map((value) => (fold === undefined ? undefined : new Aggregator(fold, value.plan.name)));
  }

  /** Whether a step failed of which elements were found before: they do not count then. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Samples so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Adds what the document, or a part of it, has. */
  read(source: Omit<Source, 'matchesBefore'>): void {
    this.#scope.leave(1);
    this.#program.iterate(this.#scope, { ...source, matchesBefore: this.#matches }, this);
  }

  /** Counts elements whose values are there without having been visited. Throws `limit` where they are too many. */
  count(elements: number): void {
    const samples = elements * this.#program.values.length;
    this.#matches += elements;
    this.#entered += elements;
    this.#elements += elements;
    this.#samples += samples;
    this.#output.work.spend(ELEMENT_UNITS * elements);
    this.#output.budget.checkElements(this.#program.spec.name, this.#entered);
    this.#output.budget.take(samples);
  }

  /** Adds what comes of all elements together. */
  finish(): MetricDetail {
    const { spec, values } = this.#program;
    values.forEach(({ plan }, i) => {
      const rows = this.#program.name === undefined ? this.families.scalar(plan) : undefined;
      if (rows !== undefined) this.#folded[i]?.flush(rows);
    });
    for (const { folded, plan } of this.#foldedByName.values()) {
      const rows = this.families.scalar(plan);
      if (rows !== undefined) folded.flush(rows);
    }
    return {
      name: spec.name,
      where: spec.where,
      path:
        spec.mode === 'value' ? describeSource(spec.values[0]?.value) : spec.steps.map((step) => step.path).join(' > '),
      // The path of a value matches by itself, and not by the document that it is looked for in.
      elements: spec.mode === 'value' ? Math.max(0, this.#elements - this.#absent) : this.#elements,
      samples: this.#samples,
      failures: this.#notes.texts,
    };
  }

  enter(depth: number): void {
    if (depth === 0) this.#matches++;
    this.#output.budget.checkElements(this.#program.spec.name, ++this.#entered);
  }

  fail(failure: PathFailure, depth: number): void {
    if (depth === 0) this.#isOver = true;
    this.#notes.addStep(failure, depth, this.#scope);
    this.#count(failure, 'path', this.#program.spec.name);
  }

  visit(scope: Scope): void {
    this.#elements++;
    scope.work.spend(ELEMENT_UNITS);
    const key = this.#readKey(scope);
    const { distribution, exponential, values } = this.#program;
    const name = this.#readName(scope);
    if (name instanceof PathFailure) {
      this.#notes.add('name', name, { scope, place: this.#program.name?.place });
      this.drops.add({ cause: 'name', samples: values.length, where: this.#program.spec.name, message: name.message });
      return;
    }
    for (let i = 0; i < values.length; i++) {
      const compiled = values[i];
      if (compiled === undefined) continue;
      const value = name === undefined ? compiled : (this.#names?.nameValue(i, compiled, name) ?? compiled);
      if (!this.#isWanted(value.plan, key)) continue;
      if (value.states === undefined) this.#addNumber(i, value, { key, scope });
      else this.#addStates(value, value.states, { key, scope });
    }
    if (distribution !== undefined && this.#isWanted(distribution.plan, key))
      this.#addDistribution(distribution, key, scope);
    if (exponential !== undefined && this.#isWanted(exponential.plan, key))
      this.#addExponential(exponential, key, scope);
  }

  /** The name that the element gives its families; undefined where the configuration has it. */
  #readName(scope: Scope): string | PathFailure | undefined {
    const text = this.#program.name?.text(scope);
    return typeof text === 'string' ? this.#names?.take(text) : text;
  }

  #readKey(scope: Scope): RowKey {
    const { labels, labelNames, staticValues } = this.#program;
    const values: string[] = [];
    for (let i = 0; i < labels.length; i++) {
      const text = this.#readLabel(i, scope);
      if (typeof text === 'string') values.push(text);
      else {
        refuseLimit(text, `label ${labelNames.names[i]} of ${this.#program.spec.name}`);
        values.push('');
        if (text !== undefined)
          this.#notes.add(`label ${labelNames.names[i]}`, text, { scope, place: labels[i]?.place });
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
    this.#notes.add(this.#program.spec.start?.kind ?? '', found, { scope, place: undefined });
    return undefined;
  }

  #readExemplar(scope: Scope): Exemplar | undefined {
    const found = this.#program.exemplar?.(scope);
    if (found instanceof PathFailure) {
      // Not every element has one.
      if (!found.isAbsent) this.#notes.add('exemplar', found, { scope, place: undefined });
      return undefined;
    }
    for (const text of found?.labelValues ?? []) this.#output.budget.checkLabel(this.#program.spec.name, text);
    return found;
  }

  /** What a label takes from further up is read once for all the elements below. */
  #readLabel(i: number, scope: Scope): string | PathFailure | undefined {
    const { spec, labels } = this.#program;
    const { levelsUp = 0, isAtIndex = false } = spec.labels[i]?.value ?? {};
    if (levelsUp === 0 || isAtIndex) return labels[i]?.text(scope);
    const element = scope.elementAt(levelsUp);
    const known = this.#outerLabels[i];
    if (known?.element === element && typeof element === 'object') return known?.text;
    const text = labels[i]?.text(scope);
    if (text !== undefined) this.#outerLabels[i] = { element, text };
    return text;
  }

  #readTimestamp(scope: Scope): number | undefined {
    const { timestamp, spec } = this.#program;
    if (timestamp === undefined) return undefined;
    const found =
      spec.timestamp?.date === undefined ? readMilliseconds(timestamp.text(scope)) : timestamp.number(scope);
    if (found instanceof PathFailure) {
      this.#notes.add('timestamp', found, { scope, place: timestamp.place });
      return undefined;
    }
    const milliseconds = spec.timestamp?.date === undefined ? found : Math.round(found * 1000);
    if (Number.isSafeInteger(milliseconds)) return milliseconds;
    this.#notes.add('timestamp', noTime, { scope, place: timestamp.place });
    return undefined;
  }

  #isWanted(family: FamilyPlan, key: RowKey): boolean {
    const { filter, labelNames } = this.#program;
    return filter?.(family.textName, labelNames.textNames, key.values) ?? true;
  }

  #addNumber(i: number, value: CompiledValue, { key, scope }: { key: RowKey; scope: Scope }): void {
    const number = value.reader.number(scope);
    if (typeof number !== 'number') {
      this.#drop(number, value.plan.name, { scope, place: value.reader.place });
      return;
    }
    const folded = this.#findFolded(i, value);
    if (folded !== undefined) {
      if (folded.push(key, number)) this.#take(value.plan, key, 1);
      return;
    }
    this.#take(value.plan, key, 1);
    const isNamed = this.#program.name === undefined;
    const rows = (isNamed ? this.#rows[i] : undefined) ?? this.families.scalar(value.plan);
    if (isNamed) this.#rows[i] = rows;
    rows?.push(key, number);
  }

  /** Rows of one family are folded, and not those of several names. */
  #findFolded(i: number, { plan }: CompiledValue): Aggregator | undefined {
    const { fold, name } = this.#program;
    if (fold === undefined || name === undefined) return this.#folded[i];
    const folded = this.#foldedByName.get(plan.name)?.folded ?? new Aggregator(fold, plan.name);
    this.#foldedByName.set(plan.name, { folded, plan });
    return folded;
  }

  #addStates(value: CompiledValue, states: StateSet, at: { key: RowKey; scope: Scope }): void {
    const text = states.reader.text(at.scope);
    if (typeof text !== 'string') {
      this.#drop(text, value.plan.name, { scope: at.scope, place: states.reader.place });
      return;
    }
    this.#take(value.plan, at.key, states.names.length);
    const family = this.families.scalar(value.plan);
    for (const state of states.names) {
      const key = { ...at.key, names: states.labelNames, values: [...at.key.values, state] };
      family?.push(key, state === text ? 1 : 0);
    }
  }

  #addDistribution(distribution: NonNullable<MetricProgram['distribution']>, key: RowKey, scope: Scope): void {
    const found = distribution.read(scope, this.#output.budget);
    if (found instanceof PathFailure) {
      this.#notes.add(distribution.plan.name, found, { scope, place: undefined });
      this.#count(found, 'bucket', distribution.plan.name);
      return;
    }
    this.#take(distribution.plan, key, found.bounds.length + 2);
    this.families.distribution(distribution.plan)?.push(key, found);
  }

  #addExponential(
    exponential: NonNullable<MetricProgram['exponential']>,
    key: RowKey,
    ...[scope]: [scope: Scope]
  ): void {
    const found = exponential.read(scope, this.#output.budget);
    if (found instanceof PathFailure) {
      this.#notes.add(exponential.plan.name, found, { scope, place: undefined });
      this.#count(found, 'bucket', exponential.plan.name);
      return;
    }
    const { positive, negative } = found.buckets;
    // As a classic histogram: a zero bucket, one of infinity, a sum and a count besides.
    this.#take(exponential.plan, key, positive.indexes.length + negative.indexes.length + 4);
    this.families.exponential(exponential.plan)?.push(key, found);
  }

  /** Throws `limit` where the scrape has too many samples, or a label that is too long. */
  #take(family: FamilyPlan, key: RowKey, samples: number): void {
    const { budget } = this.#output;
    this.#samples += samples;
    budget.take(samples);
    if (this.#checkedKey === key) return;
    this.#checkedKey = key;
    for (const text of key.values) budget.checkLabel(family.name, text);
  }

  #drop(failure: PathFailure, family: string, at: { readonly scope: Scope; readonly place: ValuePlace }): void {
    if (failure.kind === 'missing') this.#absent++;
    this.#notes.add(family, failure, at);
    this.#count(failure, 'value', family);
  }

  #count({ kind, message }: PathFailure, cause: 'path' | 'value' | 'bucket', where: string): void {
    if (kind === 'missing' && this.#program.spec.allowMissingKey) return;
    this.drops.add({ cause: kind === 'missing' ? 'missing' : cause, samples: 1, where, message });
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
