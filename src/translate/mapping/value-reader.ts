import type { NumberText } from '../../golang/number.js';
import { isQuery, type PathCompiler } from '../../jsonpath/compiler.js';
import { type CompiledPath, numberTextOf, PathFailure, type PathOptions } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { ValueSpec } from '../../model/module.js';
import type { CelCompiler } from './cel-values.js';
import type { Scope } from './iteration-context.js';
import { compileNumberReader, compileScale, compileTextSteps } from './text-steps.js';

/** A value of the element at hand, as text and as a number. Neither throws; a failure is a value. */
export interface ValueReader {
  text(scope: Scope): string | PathFailure;
  number(scope: Scope): number | PathFailure;
}

/** What compiling needs besides the spec: the compiler of paths, their options, and where problems go. */
export interface Compiling {
  readonly compilePath: PathCompiler;
  readonly options: PathOptions;
  /** How the numbers of a label print that nothing else is done with. */
  readonly labelNumbers: NumberText;
  /** Whether a label `$` is text, as json_exporter has it, and not the whole document. */
  readonly isDollarText: boolean;
  readonly problems: Problem[];
  /** Paths that do not parse: json_exporter starts with them all the same. */
  readonly pathProblems: Problem[];
  /** Paths that json_exporter takes for text. */
  readonly queries: Problem[];
  /** Compiles expressions, each once, what is wrong with it noted; present where a value is one. */
  readonly compileCel: CelCompiler | undefined;
  /** Whether an expression reads the key of its element. */
  readonly readsKey: (spec: ValueSpec) => boolean;
}

const noMatch = new PathFailure('error', 'no match');
const noEntry = new PathFailure('error', 'the map has no entry for the text, and there is no otherwise');
const noNumber = new PathFailure('error', 'the text is not a number');
const noHeader = new PathFailure('missing', 'the response has no such header');
const noStatus = new PathFailure('missing', 'there is no response, and no status');
const noExpression = new PathFailure('error', 'the expression does not compile');
const noLength = new PathFailure('error', 'a number, boolean or null has no length');
const nullLength = new PathFailure('error', noLength.message, true);

/** Reads a text of the element at hand. Does not throw; a failure is a value. */
export type TextReader = (scope: Scope) => string | PathFailure;

/** Compiles a number, or a text that is not a label. One that is a path alone reads numbers without the detour over text. */
export function compileValue(spec: ValueSpec, compiling: Compiling): ValueReader {
  if (spec.cel !== undefined) return compileCelValue(spec, compiling);
  const find = compileFind(spec, compiling, {});
  const text = compileText(spec, compiling, find.text);
  const readNumber = compileNumberReader(spec, compiling.problems);
  const { number } = find;
  const isPlain = !(changesText(spec) || makesNumber(spec)) && spec.fallback === undefined;
  if (isPlain && number !== undefined) return { text, number };
  return {
    text,
    number: (scope) => {
      const found = text(scope);
      return typeof found === 'string' ? (readNumber(found) ?? noNumber) : found;
    },
  };
}

/** A value by an expression. A result that is a number, a bool or a time is one without the detour over text. */
function compileCelValue(spec: ValueSpec, compiling: Compiling): ValueReader {
  const expression = compiling.compileCel?.(spec);
  const readNumber = compileNumberReader(spec, compiling.problems);
  if (expression === undefined) return { text: () => noExpression, number: () => noExpression };
  const scale = compileScale(spec);
  const isPlain = spec.unit === undefined && spec.date === undefined;
  const finish = compileText(spec, compiling, (value: unknown) => expression.text(value, 'decimal'));
  return {
    text: (scope) => finish(expression.evaluate(scope)),
    number: (scope) => {
      const value = expression.evaluate(scope);
      const direct = changesText(spec) ? undefined : expression.number(value, isPlain);
      if (direct !== undefined) return scale(direct);
      const found = finish(value);
      return typeof found === 'string' ? (readNumber(found) ?? noNumber) : found;
    },
  };
}

/** Compiles the text of a label. */
export function compileLabel(spec: ValueSpec, compiling: Compiling): TextReader {
  const { options, labelNumbers } = compiling;
  const path = compiling.isDollarText && spec.path?.trim() === '$' ? LITERAL_DOLLAR : spec.path;
  const keepsSingleQuotes = !options.strictNumbers;
  const label = { ...spec, path };
  const find = compileFind(label, compiling, { keepsSingleQuotes, numberText: labelNumbers });
  return compileText(label, compiling, find.text);
}

/** Compiles the text that names a state. Its numbers are decimals, in every file. */
export function compileState(spec: ValueSpec, compiling: Compiling): TextReader {
  const find = compileFind(spec, compiling, { numberText: 'decimal' });
  return compileText(spec, compiling, find.text);
}

/** A template that gives the text `$`. */
const LITERAL_DOLLAR = "{'$'}";

function changesText({ regex, map }: ValueSpec): boolean {
  return regex !== undefined || map !== undefined;
}

/** Whether the text is read by a unit, as a date or in another way of its own. */
function makesNumber({ unit, date, scale }: ValueSpec): boolean {
  return unit !== undefined || date !== undefined || scale !== undefined;
}

/** What is found, or the default, after the regex and the map. */
function compileText<T>(
  spec: ValueSpec,
  { problems }: Compiling,
  find: (from: T) => string | PathFailure,
): (from: T) => string | PathFailure {
  const { fallback } = spec;
  const { regex, map } = compileTextSteps(spec, problems);
  if (fallback === undefined && regex === undefined && map === undefined) return find;
  return (from) => {
    let found = find(from);
    if (fallback !== undefined && isNothing(found)) found = fallback;
    if (regex !== undefined && typeof found === 'string') found = regex(found) ?? noMatch;
    return map !== undefined && typeof found === 'string' ? (map(found) ?? noEntry) : found;
  };
}

/** What is missing, null or empty; null is `missing` to a path with a default. */
function isNothing(found: string | PathFailure): boolean {
  return typeof found === 'string' ? found === '' : found.isAbsent;
}

interface Find {
  readonly text: TextReader;
  /** Undefined where a number is read from the text. */
  readonly number?: (scope: Scope) => number | PathFailure;
}

/** Finds what a value is made of. Text that something is done with has its numbers as decimals, in every file. */
function compileFind(spec: ValueSpec, compiling: Compiling, form: Partial<PathOptions>): Find {
  const { levelsUp } = spec;
  if (spec.isKey) return { text: (scope) => scope.keyAt(levelsUp) };
  if (spec.isStatus) return { text: readStatus };
  const { header } = spec;
  if (header !== undefined) return { text: (scope) => scope.run?.headers[header]?.join(', ') ?? noHeader };
  const hasDefault = spec.fallback !== undefined;
  const isWorkedOn = changesText(spec) || makesNumber(spec);
  const options = {
    ...compiling.options,
    ...form,
    hasDefault,
    ...(isWorkedOn ? { numberText: 'decimal' as const } : {}),
  };
  if (spec.cel !== undefined) return findByCel(spec, compiling, options);
  const path = compileStepPath({ path: spec.path ?? '', where: spec.where }, { ...compiling, options });
  if (spec.isLength) return { text: (scope) => measure(path, scope.elementAt(levelsUp)) };
  return {
    text: (scope) => path.text(scope.elementAt(levelsUp)),
    number: (scope) => path.number(scope.elementAt(levelsUp)),
  };
}

function findByCel(spec: ValueSpec, { compileCel }: Compiling, options: PathOptions): Find {
  const expression = compileCel?.(spec);
  if (expression === undefined) return { text: () => noExpression };
  const numberText = numberTextOf(options);
  return { text: (scope) => expression.text(expression.evaluate(scope), numberText) };
}

function readStatus({ run }: Scope): string | PathFailure {
  const status = run?.response?.statusCode ?? 0;
  return status === 0 ? noStatus : String(status);
}

/** Compiles a path. One that does not parse is a problem, and a path that fails for every document. */
export function compileStepPath(
  step: { readonly path: string; readonly where: string },
  { compilePath, options, pathProblems, queries }: Compiling,
): CompiledPath {
  if (isQuery(step.path)) queries.push({ where: step.where, message: `"${step.path}" is a query of RFC 9535` });
  try {
    return compilePath(step.path, options);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    pathProblems.push({ where: step.where, message: `"${step.path}" is not a path: ${message}` });
    return failingPath(step.path, message);
  }
}

/** A path that gives the same failure for every document. */
function failingPath(source: string, message: string): CompiledPath {
  const failure = new PathFailure('error', message);
  return { source, isSingular: false, text: () => failure, number: () => failure, select: () => failure };
}

/**
 * How many matches there are of a path that can lead to several places, however many it leads to; the length of the one
 * match of any other.
 */
function measure(path: CompiledPath, element: unknown): string | PathFailure {
  const nodes = path.select(element);
  if (nodes instanceof PathFailure) return nodes;
  const [node] = nodes;
  if (!path.isSingular || nodes.length === 0) return String(nodes.length);
  if (typeof node === 'string') return String(countCodePoints(node));
  if (Array.isArray(node)) return String(node.length);
  if (node === null) return nullLength;
  return typeof node === 'object' ? String(Object.keys(node).length) : noLength;
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
