import type { NumberText } from '../../golang/number.js';
import { loadPathCompiler } from '../../jsonpath/compiler.js';
import type { Problem } from '../../model/errors.js';
import type { MappingSpec, MetricSpec, ValueSpec } from '../../model/module.js';
import type { Translator } from '../../model/ports.js';
import { listBucketPaths, listExponentialValues } from './exponential.js';
import { FamilyPlans } from './family-plan.js';
import { compileFilters } from './filters.js';
import { compileMetric } from './metric.js';
import { planArrays, translateMapping } from './translate.js';

export interface CompiledMapping {
  readonly translator: Translator;
  /** What cannot be. */
  readonly problems: readonly Problem[];
  /** Names that some formats or scrapers know by others. */
  readonly warnings: readonly Problem[];
  /** Paths that do not parse: their samples are dropped at every scrape. */
  readonly pathProblems: readonly Problem[];
  /** Paths that are queries, which json_exporter takes for text. */
  readonly queries: readonly Problem[];
}

/**
 * Compiles the metrics of a module, once, into a translator of any JSON. `isJsonExporter` says that one name with two
 * sets of label names is a problem, of which json_exporter dies.
 */
export async function compileMapping(
  mapping: MappingSpec,
  options: { readonly isJsonExporter: boolean },
): Promise<CompiledMapping> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const pathProblems: Problem[] = [];
  const queries: Problem[] = [];
  const values = mapping.metrics.flatMap(listValues);
  const compilePath = await loadPathCompiler(mapping.metrics.flatMap(listPaths));
  const cel = values.some((value) => value.cel !== undefined)
    ? (await import('./cel-values.js')).createCelCompiler(problems)
    : undefined;
  const usesResponse =
    values.some((value) => value.cel !== undefined || value.header !== undefined || value.isStatus) ||
    mapping.metrics.some((metric) => metric.start?.kind === 'uptime');
  const context = {
    mapping,
    compiling: {
      compilePath,
      labelNumbers: labelNumbersOf(mapping, options.isJsonExporter),
      isDollarText: options.isJsonExporter,
      problems,
      pathProblems,
      queries,
      compileCel: cel?.compile,
      readsKey: cel?.readsKey ?? (() => false),
    },
    plans: new FamilyPlans({ mapping, problems, warnings, allowsMixedLabels: !options.isJsonExporter }),
    filter: compileFilters(mapping, problems),
  };
  const metrics = mapping.metrics.map((spec) => compileMetric(spec, context));
  const program = { metrics, arrays: planArrays(metrics), usesResponse };
  const translator: Translator = {
    name: 'mapping',
    usesResponse,
    arrays: program.arrays,
    translate: (body, context) => translateMapping(body, context, program),
  };
  return { translator, problems, warnings, pathProblems, queries };
}

/** Integers are decimals in every file. Fractions are as in Go where the file is json_exporter's. */
function labelNumbersOf({ isStrict }: MappingSpec, isJsonExporter: boolean): NumberText {
  if (isStrict) return 'go';
  return isJsonExporter ? 'mixed' : 'decimal';
}

function listValues(metric: MetricSpec): readonly ValueSpec[] {
  const { distribution, start, exemplar } = metric;
  return [
    ...[...metric.labels, ...metric.values, ...(exemplar?.labels ?? [])].map((each) => each.value),
    metric.timestamp,
    start?.value,
    exemplar?.value,
    exemplar?.timestamp,
    ...listExponentialValues(metric.exponential),
    distribution?.element?.bound,
    distribution?.element?.value,
    distribution?.count,
    distribution?.sum,
  ].filter((value) => value !== undefined);
}

function listPaths(metric: MetricSpec): readonly string[] {
  return [
    ...metric.steps.map((step) => step.path),
    ...listValues(metric).map((value) => value.path ?? ''),
    metric.distribution?.path ?? '',
    ...listBucketPaths(metric.exponential),
  ];
}
