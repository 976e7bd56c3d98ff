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
      return planned;
    }
    this.#compare(metric, known, planned);
    return known;
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

function keyOf(metric: MetricSpec): string {
  return metric.labels
    .map((label) => label.name)
    .sort()
    .join();
}

/** The label names of a metric as they are exposed, the module's own last. Problems: empty, reserved, or twice there. */
export function planLabelNames(metric: MetricSpec, mapping: MappingSpec, problems: Problem[]): readonly string[] {
  const names: string[] = [];
  const add = (raw: string, where: string) => {
    const name = toLabelName(raw);
    if (name === undefined)
      problems.push({
        where,
        message: `"${raw}" cannot be the name of a label`,
        hint: 'it is empty, or begins with __',
      });
    else if (names.includes(name)) problems.push({ where, message: `the label ${name} is there already` });
    names.push(name ?? '');
  };
  for (const label of metric.labels) add(label.name, label.value.where);
  for (const value of metric.values)
    if (value.states !== undefined) checkStateLabel(value.states.label, names, value.value.where, problems);
  for (const [name] of mapping.staticLabels) add(name, metric.where);
  return names;
}

function checkStateLabel(label: string, names: readonly string[], where: string, problems: Problem[]): void {
  if (toLabelName(label) !== label) problems.push({ where, message: `"${label}" cannot be the name of a label` });
  if (names.includes(label)) problems.push({ where, message: `the label ${label} is there already` });
}
