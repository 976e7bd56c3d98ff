import type { Problem } from '../../model/errors.js';
import type { ScalarFamily } from '../../model/metrics.js';
import type { MappingSpec, MetricSpec } from '../../model/module.js';
import { toLabelName, toMetricName } from '../names.js';

/** A family that a module can give, known before any document. */
export interface FamilyPlan {
  /** As it is configured: `http.requests`. */
  readonly name: string;
  /** As text 0.0.4 has it, and `only` and `drop` know it: `http_requests`. */
  readonly textName: string;
  readonly help: string;
  readonly type: ScalarFamily['type'] | 'histogram' | 'summary';
}

/** What a module's metrics have to agree on. */
export interface PlanContext {
  readonly mapping: MappingSpec;
  readonly problems: Problem[];
  /** Whether one name may go with several sets of label names; json_exporter dies of that. */
  readonly allowsMixedLabels: boolean;
}

interface Planned extends FamilyPlan {
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
    const name = suffix === '' ? metric.name : `${metric.name}_${suffix}`;
    const textName = toMetricName(name);
    if (textName === undefined) return undefined;
    const type = metric.distribution?.type ?? metric.valueType;
    const planned = { name, textName, help: metric.help, type, labelKey: keyOf(metric) };
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
    const { name } = known;
    if (known.type !== planned.type)
      refuse(`${name} cannot be both ${known.type} and ${planned.type}`, 'give it one type');
    if (known.help !== planned.help) refuse(`${name} has two helps`, 'give it one help');
    if (known.labelKey !== planned.labelKey && !this.#context.allowsMixedLabels) {
      refuse(`${name} is there already with other label names`, 'give both the same labels, or two names');
    }
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

/** The names of a metric's labels as they are configured, and as text 0.0.4 has them. */
export interface LabelNames {
  readonly names: readonly string[];
  readonly textNames: readonly string[];
}

/**
 * The label names of a metric, the module's own last. Problems: empty, reserved, or twice there, the labels of state
 * sets and of the type's own (`le`, `quantile`) with them.
 */
export function planLabelNames(metric: MetricSpec, mapping: MappingSpec, problems: Problem[]): LabelNames {
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
  const raw = [...metric.labels.map((label) => label.name), ...mapping.staticLabels.map(([name]) => name)];
  return { names: raw, textNames: names };
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
