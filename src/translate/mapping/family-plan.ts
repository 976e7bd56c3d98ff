import type { Problem } from '../../model/errors.js';
import type { ScalarFamily, Utf8Names } from '../../model/metrics.js';
import type { MappingSpec, MetricSpec } from '../../model/module.js';
import { toLabelName, toMetricName } from '../names.js';

/** A family that a module can give, known before any document. */
export interface FamilyPlan {
  readonly name: string;
  readonly help: string;
  readonly type: ScalarFamily['type'] | 'histogram' | 'summary';
  readonly utf8: Utf8Names | undefined;
}

/** What a module's metrics have to agree on. */
export interface PlanContext {
  readonly mapping: MappingSpec;
  readonly problems: Problem[];
  /** Whether one name may go with several sets of label names; json_exporter dies of that. */
  readonly allowsMixedLabels: boolean;
}

interface Planned extends FamilyPlan {
  readonly rawName: string;
  readonly labelKey: string;
}

/** The families of a module by their names, each from the first metric that gives it. */
export class FamilyPlans {
  readonly #context: PlanContext;
  readonly #byName = new Map<string, Planned>();
  /** Histograms and summaries, by the further names that their samples have. */
  readonly #byPart = new Map<string, string>();

  constructor(context: PlanContext) {
    this.#context = context;
  }

  /** The family that one value of a metric goes to. Undefined, with the problem noted, where it has no name. */
  plan(metric: MetricSpec, suffix: string): FamilyPlan | undefined {
    const rawName = suffix === '' ? metric.name : `${metric.name}_${suffix}`;
    const name = toMetricName(rawName);
    if (name === undefined) return undefined;
    const type = metric.distribution?.type ?? metric.valueType;
    const planned = {
      name,
      rawName,
      help: metric.help,
      type,
      utf8: this.#utf8Names(metric, rawName),
      labelKey: keyOf(metric),
    };
    const known = this.#byName.get(name);
    if (known === undefined) {
      this.#byName.set(name, planned);
      this.#checkParts(metric, planned);
      return planned;
    }
    this.#compare(metric, known, planned);
    return known;
  }

  /** `x_sum` cannot be beside a histogram `x`. */
  #checkParts(metric: MetricSpec, { name, type }: FamilyPlan): void {
    const refuse = (part: string, owner: string) =>
      this.#context.problems.push({
        where: metric.where,
        message: `${part} is a name that the samples of ${owner} have`,
        hint: 'rename one of them',
      });
    const owner = this.#byPart.get(name);
    if (owner !== undefined) refuse(name, owner);
    for (const part of listParts(name, type)) {
      if (this.#byName.has(part)) refuse(part, name);
      this.#byPart.set(part, name);
    }
  }

  #compare(metric: MetricSpec, known: Planned, planned: Planned): void {
    const refuse = (message: string, hint: string) =>
      this.#context.problems.push({ where: metric.where, message, hint });
    const name = known.rawName === planned.rawName ? known.rawName : `${known.rawName} and ${planned.rawName}`;
    if (known.type !== planned.type)
      refuse(`${name} cannot be both ${known.type} and ${planned.type}`, 'give it one type');
    if (known.rawName !== planned.rawName) return;
    if (known.help !== planned.help) refuse(`${name} has two helps`, 'give it one help');
    if (known.labelKey !== planned.labelKey && !this.#context.allowsMixedLabels) {
      refuse(`${name} is there already with other label names`, 'give both the same labels, or two names');
    }
  }

  #utf8Names(metric: MetricSpec, rawName: string): Utf8Names | undefined {
    const names = [
      ...metric.labels.map((label) => label.name),
      ...this.#context.mapping.staticLabels.map(([each]) => each),
    ];
    const labels = names.flatMap((raw) => {
      const label = toLabelName(raw);
      return label === undefined || label === raw ? [] : [[label, raw] as const];
    });
    return rawName === toMetricName(rawName) && labels.length === 0
      ? undefined
      : { name: rawName, labels: new Map(labels) };
  }
}

function listParts(name: string, type: FamilyPlan['type']): readonly string[] {
  if (type !== 'histogram' && type !== 'summary') return [];
  return [`${name}_sum`, `${name}_count`, ...(type === 'histogram' ? [`${name}_bucket`] : [])];
}

function keyOf(metric: MetricSpec): string {
  return metric.labels
    .map((label) => label.name)
    .sort()
    .join();
}

/**
 * The label names of a metric as they are exposed, the module's own last. Problems: empty, reserved, or twice there,
 * the labels of state sets and of the type's own (`le`, `quantile`) with them.
 */
export function planLabelNames(metric: MetricSpec, mapping: MappingSpec, problems: Problem[]): readonly string[] {
  const names: string[] = [];
  const add = (raw: string, where: string) => {
    const name = toLabelName(raw);
    checkLabelName({ raw, name, where }, names, problems);
    names.push(name ?? '');
  };
  for (const label of metric.labels) add(label.name, label.value.where);
  for (const [name] of mapping.staticLabels) add(name, metric.where);
  for (const { states, value } of metric.values) {
    if (states === undefined) continue;
    const name = toLabelName(states.label) === states.label ? states.label : undefined;
    checkLabelName({ raw: states.label, name, where: value.where }, names, problems);
  }
  const own = findOwnLabel(metric);
  if (own !== undefined && names.includes(own)) {
    problems.push({ where: metric.where, message: `has the label ${own}, which a ${metric.distribution?.type} makes` });
  }
  return names;
}

/** The label that a histogram or summary has by itself. */
function findOwnLabel({ distribution }: MetricSpec): string | undefined {
  if (distribution === undefined) return undefined;
  return distribution.type === 'histogram' ? 'le' : 'quantile';
}

function checkLabelName(
  label: { readonly raw: string; readonly name: string | undefined; readonly where: string },
  taken: readonly string[],
  problems: Problem[],
): void {
  const { raw, name, where } = label;
  if (name === undefined) {
    const hint = 'letters, digits and _, and not __ in front';
    problems.push({ where, message: `"${raw}" cannot be the name of a label`, hint });
  } else if (taken.includes(name)) {
    const written = name === raw ? name : `${name}, which ${raw} becomes,`;
    problems.push({ where, message: `the label ${written} is there already` });
  }
}
