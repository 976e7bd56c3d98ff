import type { NumberText } from '../../golang/number.js';
import { loadPathCompiler } from '../../jsonpath/compiler.js';
import type { Problem } from '../../model/errors.js';
import type { Dialect, MappingSpec, MetricSpec, ValueSpec } from '../../model/module.js';
import type { Translator } from '../../model/ports.js';
import type { CompiledTranslator } from '../translator-spec.js';
import { listBucketPaths, listExponentialValues } from './exponential.js';
import { FamilyPlans } from './family-plan.js';
import { compileFilters } from './filters.js';
import { compileMetric } from './metric.js';
import { planPlaced } from './placed-metrics.js';
import { findTakableNames, planArrays, translateMapping } from './translate.js';

/** Below this a parser is as fast as finding rows by their places. */
const SINK_BYTES = 2 * 1024;

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
 * Compiles the metrics of a module, once, into a translator of any JSON. In the dialect of json_exporter one name with
 * two sets of label names is a problem, which makes json_exporter panic.
 */
export async function compileMapping(
  mapping: MappingSpec,
  { dialect }: { readonly dialect: Dialect },
): Promise<CompiledMapping> {
  const isJsonExporter = dialect === 'json_exporter';
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
      labelNumbers: labelNumbersOf(mapping, isJsonExporter),
      isDollarText: isJsonExporter,
      problems,
      pathProblems,
      queries,
      compileCel: cel?.compile,
      readsKey: cel?.readsKey ?? (() => false),
    },
    plans: new FamilyPlans({ mapping, problems, warnings, allowsMixedLabels: !isJsonExporter }),
    filter: compileFilters(mapping, problems),
  };
  const metrics = mapping.metrics.map((spec) => compileMetric(spec, context));
  const takableNames = findTakableNames(metrics);
  const arrays = planArrays(metrics);
  const labelNumbers = labelNumbersOf(mapping, isJsonExporter);
  const placed = planPlaced(metrics, { arrays, takableNames, labelNumbers });
  const program = { metrics, arrays, usesResponse, takableNames, placed };
  const translator: Translator = {
    name: 'mapping',
    usesResponse,
    arrays: program.arrays,
    sinkBytes: placed?.areAll === true ? SINK_BYTES : undefined,
    translate: (body, context) => translateMapping(body, context, program),
  };
  return { translator, problems, warnings, pathProblems, queries };
}

/** The same as a row of the registry has it. json_exporter starts with a path that does not parse, and so does zxp with its files. */
export async function createMapping(mapping: MappingSpec, dialect: Dialect): Promise<CompiledTranslator> {
  const { translator, problems, warnings: found, pathProblems, queries } = await compileMapping(mapping, { dialect });
  if (dialect === 'zxp') return { translator, problems: [...problems, ...pathProblems], warnings: found };
  const append = (text: string) => (problem: Problem) => ({ ...problem, message: problem.message + text });
  const warnings = [
    ...pathProblems.map(append('; it matches nothing')),
    ...queries.map(append(', and text in json_exporter')),
  ];
  return { translator, problems, warnings };
}

/** Integers are decimals in every file. Fractions are as in Go where the file is json_exporter's. */
function labelNumbersOf({ isStrict }: MappingSpec, isJsonExporter: boolean): NumberText {
  if (isStrict) return 'go';
  return isJsonExporter ? 'mixed' : 'decimal';
}

function listValues(metric: MetricSpec): readonly ValueSpec[] {
  const { distribution, dynamicName, start, exemplar } = metric;
  return [
    dynamicName?.value,
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
    ...listValues(metric).flatMap((value) => [value.path ?? '', value.json ?? '']),
    metric.distribution?.path ?? '',
    ...listBucketPaths(metric.exponential),
  ];
}
