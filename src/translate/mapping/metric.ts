import type { PathShape } from '../../jsonpath/path.js';
import type { MappingSpec, MetricSpec, NamedValueSpec, ValueSpec } from '../../model/module.js';
import type { ArrayPath } from '../document/scan.js';
import { compileDistribution, type DistributionReader } from './distribution.js';
import { compileExemplar, type ExemplarReader } from './exemplar.js';
import { compileExponential, type ExponentialReader, listExponentialValues } from './exponential.js';
import { type FamilyPlan, type FamilyPlans, type LabelNames, nameStateLabel, planLabelNames } from './family-plan.js';
import type { SampleFilter } from './filters.js';
import { compileSteps, findKeySteps, type Iteration, iterateSteps, type Step } from './iteration.js';
import type { FoldName } from './rows.js';
import { compileStart, type StartReader } from './start-time.js';
import {
  type Compiling,
  compileLabel,
  compileState,
  compileValue,
  type RootRead,
  type TextReader,
  type ValueReader,
} from './value-reader.js';

/** What the metrics of one module share while they are compiled. */
export interface MetricContext {
  readonly mapping: MappingSpec;
  readonly compiling: Omit<Compiling, 'options' | 'stepCount' | 'rootReads'>;
  readonly plans: FamilyPlans;
  readonly filter: SampleFilter | undefined;
}

export interface CompiledValue {
  readonly plan: FamilyPlan;
  readonly reader: ValueReader;
  readonly states: StateSet | undefined;
}

export interface StateSet {
  readonly names: readonly string[];
  readonly labelNames: readonly string[];
  readonly reader: TextReader;
}

/** A metric, compiled. */
export interface MetricProgram {
  readonly spec: MetricSpec;
  readonly steps: readonly Step[];
  readonly iterate: Iteration;
  /** Reads the name of the families of an element, where the document has it. */
  readonly name: TextReader | undefined;
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
  /** What is read of the document itself, but for the first step. */
  readonly rootReads: readonly RootRead[];
  /** The array that the first step goes through, if it can do so with some elements at a time. */
  readonly array: ArrayPath | undefined;
}

/** Compiles one metric of a module; what is wrong with it goes to the problems. */
export function compileMetric(
  spec: MetricSpec,
  { mapping, compiling: shared, plans, filter }: MetricContext,
): MetricProgram {
  const options = { allowMissingKey: spec.allowMissingKey, strictNumbers: mapping.isStrict };
  const rootReads: RootRead[] = [];
  const compiling = { ...shared, options, rootReads, stepCount: spec.steps.length };
  const labelNames = planLabelNames(spec, mapping, shared.problems);
  const keySteps = findKeySteps(listValues(spec), { ...compiling });
  const steps = compileSteps(spec.steps, compiling, keySteps);
  return {
    spec,
    steps,
    iterate: iterateSteps(steps),
    name: spec.dynamicName && compileLabel(spec.dynamicName.value, compiling),
    labelNames,
    labels: spec.labels.map((label) => compileLabel(label.value, compiling)),
    staticValues: mapping.staticLabels.map(([, value]) => value),
    values: spec.values.flatMap((named) => {
      const { value, states } = named;
      const family = spec.dynamicName === undefined ? plans.plan(spec, named) : planUnnamed(spec, named);
      const reader = compileValue(value, compiling);
      const stateSet = states && {
        names: states.names,
        labelNames: [...labelNames.names, nameStateLabel(spec, named)],
        reader: compileState(value, { ...compiling, problems: [], pathProblems: [], queries: [] }),
      };
      return family === undefined ? [] : [{ plan: family, reader, states: stateSet }];
    }),
    distribution: planDistribution(spec, plans, compiling),
    exponential: planExponential(spec, plans, compiling),
    timestamp: spec.timestamp === undefined ? undefined : compileValue(spec.timestamp, compiling),
    start: spec.start && compileStart(spec.start, compiling),
    exemplar: spec.exemplar && compileExemplar(spec.exemplar, compiling),
    filter,
    fold: spec.aggregate ?? (spec.duplicates === 'first' ? undefined : spec.duplicates),
    rootReads,
    array: findArray(steps[0]?.shapes),
  };
}

/** A family whose name an element gives, followed by the suffix. */
function planUnnamed({ help, unit, valueType }: MetricSpec, { suffix }: NamedValueSpec): FamilyPlan {
  return { name: suffix, textName: suffix, help, unit, type: valueType };
}

/** The keys of a step of which every element can be found on its own. */
function findArray([shape, another]: readonly PathShape[] = []): ArrayPath | undefined {
  if (shape === undefined || another !== undefined) return undefined;
  const { keys, rest } = shape;
  if (rest !== 'wildcard' && rest !== 'each' && rest !== 'filter') return undefined;
  return keys.every((key) => typeof key === 'string') ? keys : undefined;
}

/** Everything that is read of an element. */
function listValues(spec: MetricSpec): readonly (ValueSpec | undefined)[] {
  const { dynamicName, labels, values, timestamp, distribution, start, exemplar } = spec;
  const named = [...labels, ...values, ...(exemplar?.labels ?? [])].map((each) => each.value);
  const others = [dynamicName?.value, timestamp, start?.value, exemplar?.value, exemplar?.timestamp];
  return [...named, ...others, distribution?.count, distribution?.sum, ...listExponentialValues(spec.exponential)];
}

function planDistribution(spec: MetricSpec, plans: FamilyPlans, compiling: Compiling): MetricProgram['distribution'] {
  if (spec.distribution === undefined) return undefined;
  const family = plans.plan(spec);
  const read = compileDistribution(spec.distribution, compiling, spec.steps.length);
  return family === undefined ? undefined : { plan: family, read };
}

function planExponential(spec: MetricSpec, plans: FamilyPlans, compiling: Compiling): MetricProgram['exponential'] {
  if (spec.exponential === undefined) return undefined;
  const family = plans.plan(spec);
  const read = compileExponential(spec.exponential, compiling);
  return family === undefined ? undefined : { plan: family, read };
}
