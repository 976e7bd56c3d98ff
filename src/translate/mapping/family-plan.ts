import type { Problem } from '../../model/errors.js';
import type { MetricFamily } from '../../model/metrics.js';
import type { MappingSpec, MetricSpec, NamedValueSpec } from '../../model/module.js';
import { toLabelName, toMetricName } from '../names.js';

/** A family that a module can give, known before any document. */
export interface FamilyPlan {
  /** As it is configured: `http.requests`. */
  readonly name: string;
  /** As text 0.0.4 has it, and `only` and `drop` know it: `http_requests`. */
  readonly textName: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly type: MetricFamily['type'];
}

/** What a module's metrics have to agree on. */
export interface PlanContext {
  readonly mapping: MappingSpec;
  readonly problems: Problem[];
  /** Names that some formats or scrapers know by others. */
  readonly warnings: Problem[];
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
  plan(metric: MetricSpec, value?: NamedValueSpec): FamilyPlan | undefined {
    const name = nameFamily(metric, value);
    const textName = toMetricName(name);
    if (textName === undefined) return undefined;
    const { help, unit } = metric;
    const planned = { name, textName, help, unit, type: findType(metric, value), labelKey: keyOf(metric) };
    const known = this.#byName.get(name);
    if (known === undefined) {
      this.#byName.set(name, planned);
      this.#checkParts(metric, planned);
      this.#warn(metric, planned);
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

  #warn({ where }: MetricSpec, planned: Planned): void {
    const { warnings } = this.#context;
    warnings.push(...findNameWarnings(planned).map(({ message, hint }) => ({ where, message, hint })));
    const same = [...this.#byName.values()].find((each) => each !== planned && each.textName === planned.textName);
    if (same === undefined) return;
    const message = `${planned.name} and ${same.name} are one name, ${same.textName}, to scrapers that do not accept UTF-8`;
    warnings.push({ where, message, hint: 'rename one of them: the second is left out there' });
  }

  #compare(metric: MetricSpec, known: Planned, planned: Planned): void {
    const refuse = (message: string, hint: string) =>
      this.#context.problems.push({ where: metric.where, message, hint });
    const { name } = known;
    if (known.type !== planned.type)
      refuse(`${name} cannot be both ${known.type} and ${planned.type}`, 'give it one type');
    if (known.help !== planned.help) refuse(`${name} has two helps`, 'give it one help');
    if (known.unit !== planned.unit) refuse(`${name} has two units`, 'give it one metric_unit');
    if (known.labelKey !== planned.labelKey && !this.#context.allowsMixedLabels) {
      refuse(`${name} is there already with other label names`, 'give both the same labels, or two names');
    }
  }
}

/** The name of the family that a value of a metric goes to, or the whole of a metric that has none. */
function nameFamily(metric: MetricSpec, value: NamedValueSpec | undefined): string {
  const { suffix = '' } = value ?? {};
  return suffix === '' ? metric.name : `${metric.name}_${suffix}`;
}

function findType(metric: MetricSpec, value: NamedValueSpec | undefined): FamilyPlan['type'] {
  if (metric.exponential !== undefined) return 'exponential_histogram';
  if (metric.distribution !== undefined) return metric.distribution.type;
  if (metric.isInfo) return 'info';
  return value?.states?.isStateSet ? 'stateset' : metric.valueType;
}

/** The label that has the state: that of a state set is the family's name. */
export function nameStateLabel(metric: MetricSpec, value: NamedValueSpec): string {
  return value.states?.isStateSet ? nameFamily(metric, value) : (value.states?.label ?? '');
}

/** What OpenMetrics wants of names, and does not get. */
function findNameWarnings({ name, type, unit }: FamilyPlan): readonly Pick<Problem, 'message' | 'hint'>[] {
  const warnings: Pick<Problem, 'message' | 'hint'>[] = [];
  const isCounter = type === 'counter';
  if (isCounter && !name.endsWith('_total')) {
    const hint = 'let the name of a counter end in _total';
    warnings.push({ message: `${name} is of an unknown type in OpenMetrics 1.0`, hint });
  }
  const base = isCounter ? name.replace(/_total$/, '') : name;
  if (unit !== undefined && !base.endsWith(`_${unit}`)) {
    const hint = `let the name end in _${unit}${isCounter ? '_total' : ''}`;
    warnings.push({ message: `OpenMetrics 1.0 leaves out the unit of ${name}`, hint });
  }
  if (name.endsWith('_created')) {
    const hint = 'rename it: OpenMetrics 1.0 has the start of another metric under such a name';
    warnings.push({ message: `${name} has a name that OpenMetrics reserves`, hint });
  }
  return warnings;
}

function listParts(name: string, type: FamilyPlan['type']): readonly string[] {
  switch (type) {
    case 'histogram':
    case 'exponential_histogram':
      return [`${name}_sum`, `${name}_count`, `${name}_bucket`];
    case 'summary':
      return [`${name}_sum`, `${name}_count`];
    default:
      return [];
  }
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
  for (const value of metric.values) {
    if (value.states === undefined) continue;
    const raw = nameStateLabel(metric, value);
    // A state set's label is its name, and a label has no colon.
    const mayBe = value.states.isStateSet ? !raw.includes(':') : toLabelName(raw) === raw;
    const name = mayBe ? toLabelName(raw) : undefined;
    checkLabelName({ raw, name, where: value.value.where }, names, problems);
  }
  const own = findOwnLabel(metric);
  if (own !== undefined && names.includes(own)) {
    problems.push({
      where: metric.where,
      message: `has the label ${own}, which a ${metric.distribution?.type ?? 'histogram'} makes`,
    });
  }
  const raw = [...metric.labels.map((label) => label.name), ...mapping.staticLabels.map(([name]) => name)];
  return { names: raw, textNames: names };
}

/** The label that a histogram or summary has by itself. */
function findOwnLabel({ distribution, exponential }: MetricSpec): string | undefined {
  if (exponential !== undefined || distribution?.type === 'histogram') return 'le';
  return distribution === undefined ? undefined : 'quantile';
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
