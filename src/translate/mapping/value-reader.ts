import type { NumberText } from '../../golang/number.js';
import { isQuery, type PathCompiler } from '../../jsonpath/compiler.js';
import { numberOfMatch, renderValue } from '../../jsonpath/matches.js';
import { type CompiledPath, numberTextOf, PathFailure, type PathOptions, type PathShape } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { ValueSpec } from '../../model/module.js';
import type { Work } from '../../model/work.js';
import type { CelCompiler, CompiledCel } from './cel-values.js';
import type { Scope } from './scope.js';
import { compileNumberReader, compileScale, compileTextSteps } from './text-steps.js';

/** Where a value is read from, for messages. */
export interface ValuePlace {
  readonly levelsUp: number;
  /** The path, where it is one. */
  readonly path: CompiledPath | undefined;
}

/** A text of the element at hand. A failure is a value; only work that is spent throws. */
export interface TextReader {
  text(scope: Scope): string | PathFailure;
  readonly place: ValuePlace;
}

/** The same as text and as a number. */
export interface ValueReader extends TextReader {
  number(scope: Scope): number | PathFailure;
}

/** What is read of the document itself, and not of an element. */
export interface RootRead {
  readonly shapes: readonly PathShape[];
  /** Whether the number of elements is read and nothing of them. */
  readonly isLength: boolean;
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
  /** Elements of the metric are so many levels below the document. */
  readonly stepCount: number;
  /** Receives what is read of the document itself. */
  readonly rootReads: RootRead[];
}

const noMatch = new PathFailure('error', 'no match');
const noEntry = new PathFailure('error', 'the map has no entry for the text, and there is no otherwise');
const noNumber = new PathFailure('error', 'the text is not a number');
const noDate = new PathFailure('error', 'the text is not a date of this format');
const noUnit = new PathFailure('error', 'the text is not a number with this unit');
const noHeader = new PathFailure('missing', 'the response has no such header');
const noStatus = new PathFailure('missing', 'there is no response, and no status');
const noExpression = new PathFailure('error', 'the expression does not compile');
const notAList = new PathFailure('error', 'not a list with an element for each index');
const behindList = new PathFailure('error', 'the list is shorter', true);
const noLength = new PathFailure('error', 'a number, boolean or null has no length');
const nullLength = new PathFailure('error', noLength.message, true);

/** Compiles a number, or a text that is not a label. One that is a path alone reads numbers without the detour over text. */
export function compileValue(spec: ValueSpec, compiling: Compiling): ValueReader {
  if (spec.cel !== undefined) return compileCelValue(spec, compiling);
  const find = compileFind(spec, compiling, {});
  const text = readText(spec, compiling, find);
  const readNumber = compileNumberReader(spec, compiling.problems);
  const { number, place } = find;
  const failure = explainNoNumber(spec);
  const isPlain = !(changesText(spec) || makesNumber(spec)) && spec.fallback === undefined;
  if (isPlain && number !== undefined) return { text, number, place };
  const direct = changesText(spec) ? undefined : find.numberAsItIs;
  return {
    place,
    text,
    number: (scope) => {
      const number = direct?.(scope);
      if (number !== undefined) return number;
      const found = text(scope);
      return typeof found === 'string' ? (readNumber(found) ?? failure) : found;
    },
  };
}

function explainNoNumber({ date, unit }: ValueSpec): PathFailure {
  if (date !== undefined) return noDate;
  return unit === undefined ? noNumber : noUnit;
}

/** A value by an expression. A result that is a number, a bool or a time is one without the detour over text. */
function compileCelValue(spec: ValueSpec, compiling: Compiling): ValueReader {
  const expression = compiling.compileCel?.(spec);
  const readNumber = compileNumberReader(spec, compiling.problems);
  const place = { levelsUp: 0, path: undefined };
  if (expression === undefined) return { text: () => noExpression, number: () => noExpression, place };
  noteVariables(expression, compiling);
  const scale = compileScale(spec);
  const isPlain = spec.unit === undefined && spec.date === undefined;
  const failure = explainNoNumber(spec);
  const finish = compileText(spec, compiling, (value: unknown) => expression.text(value, 'decimal'));
  return {
    place,
    text: (scope) => finish(expression.evaluate(scope), scope.work),
    number: (scope) => {
      const value = expression.evaluate(scope);
      const direct = changesText(spec) ? undefined : expression.number(value, isPlain);
      if (direct !== undefined) return scale(direct);
      const found = finish(value, scope.work);
      return typeof found === 'string' ? (readNumber(found) ?? failure) : found;
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
  return { text: readText(label, compiling, find), place: find.place };
}

/** Compiles the text that names a state. Its numbers are decimals, in every file. */
export function compileState(spec: ValueSpec, compiling: Compiling): TextReader {
  const find = compileFind(spec, compiling, { numberText: 'decimal' });
  return { text: readText(spec, compiling, find), place: find.place };
}

/** A template that gives the text `$`. */
const LITERAL_DOLLAR = "{'$'}";

function changesText({ regex, map }: ValueSpec): boolean {
  return regex !== undefined || map !== undefined;
}

/** Whether the text is read by a unit, as a date or in another way of its own. */
function makesNumber({ unit, date, base, scale }: ValueSpec): boolean {
  return unit !== undefined || date !== undefined || base !== undefined || scale !== undefined;
}

function readText(spec: ValueSpec, compiling: Compiling, { text }: Find): TextReader['text'] {
  const finish = compileText(spec, compiling, text);
  return finish === text ? text : (scope) => finish(scope, scope.work);
}

/** What is found, or the default, after the regex and the map. */
function compileText<T>(
  spec: ValueSpec,
  { problems }: Compiling,
  find: (from: T) => string | PathFailure,
): (from: T, work: Work) => string | PathFailure {
  const { fallback } = spec;
  const { regex, map } = compileTextSteps(spec, problems);
  if (fallback === undefined && regex === undefined && map === undefined) return find;
  return (from, work) => {
    let found = find(from);
    if (fallback !== undefined && isNothing(found)) found = fallback;
    if (regex !== undefined && typeof found === 'string') found = regex(found, work) ?? noMatch;
    return map !== undefined && typeof found === 'string' ? (map(found, work) ?? noEntry) : found;
  };
}

/** What is missing, null or empty; null is `missing` to a path with a default. */
function isNothing(found: string | PathFailure): boolean {
  return typeof found === 'string' ? found === '' : found.isAbsent;
}

interface Find {
  readonly text: TextReader['text'];
  readonly place: ValuePlace;
  /** Undefined where a number is read from the text. */
  readonly number?: (scope: Scope) => number | PathFailure;
  /** A number of the document where text is read in another base; undefined for anything else. */
  readonly numberAsItIs?: (scope: Scope) => number | undefined;
}

/** Finds what a value is made of. Text that something is done with has its numbers as decimals, in every file. */
function compileFind(spec: ValueSpec, compiling: Compiling, form: Partial<PathOptions>): Find {
  const { levelsUp, header } = spec;
  const nowhere = { levelsUp, path: undefined };
  if (spec.isKey) return { text: (scope) => scope.keyAt(levelsUp), place: nowhere };
  if (spec.isStatus) return { text: readStatus, place: nowhere };
  if (header !== undefined) {
    return { text: (scope) => scope.run?.headers[header]?.join(', ') ?? noHeader, place: nowhere };
  }
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
  const place = { levelsUp, path };
  if (levelsUp >= compiling.stepCount) {
    compiling.rootReads.push({ shapes: path.shapes, isLength: spec.isLength });
  }
  if (spec.json !== undefined) return findInJson({ spec, path, place }, { ...compiling, options });
  if (spec.isAtIndex) return findAtIndex({ spec, path, place }, options);
  if (spec.isLength) return { text: (scope) => measure(path, scope.elementAt(levelsUp), scope.work), place };
  const numberAsItIs = (scope: Scope) => onlyNumber(path.select(scope.elementAt(levelsUp), scope.work), spec);
  return {
    place,
    text: (scope) => path.text(scope.elementAt(levelsUp), scope.work),
    number: (scope) => path.number(scope.elementAt(levelsUp), scope.work),
    ...(spec.base === undefined ? {} : { numberAsItIs }),
  };
}

interface FoundPath {
  readonly spec: ValueSpec;
  readonly path: CompiledPath;
  readonly place: ValuePlace;
}

/** Of a text that is a document, what a path finds in that. */
function findInJson({ spec, path, place }: FoundPath, compiling: Compiling): Find {
  const inner = compileStepPath({ path: spec.json ?? '', where: spec.where }, compiling);
  const enter = <T>(scope: Scope, read: (document: unknown) => T): T | PathFailure => {
    const text = path.text(scope.elementAt(spec.levelsUp), scope.work);
    if (typeof text !== 'string') return text;
    const parsed = scope.parseJson(text);
    return parsed instanceof PathFailure ? parsed : read(parsed.document);
  };
  if (spec.isLength) {
    return { place, text: (scope) => enter(scope, (document) => measure(inner, document, scope.work)) };
  }
  return {
    place,
    text: (scope) => enter(scope, (document) => inner.text(document, scope.work)),
    number: (scope) => enter(scope, (document) => inner.number(document, scope.work)),
  };
}

/** Of a list, the element that has the index of the one at hand. */
function findAtIndex({ spec, path, place }: FoundPath, options: PathOptions): Find {
  const find = (scope: Scope): { readonly value: unknown } | PathFailure => {
    const nodes = path.select(scope.elementAt(spec.levelsUp), scope.work);
    if (nodes instanceof PathFailure) return nodes;
    const list = path.isSingular ? nodes[0] : nodes;
    const { key } = scope;
    if (!Array.isArray(list) || typeof key !== 'number') return notAList;
    return key < list.length ? { value: list[key] } : behindList;
  };
  return {
    place,
    text: (scope) => {
      const found = find(scope);
      return found instanceof PathFailure ? found : renderValue(found.value, options, scope.work);
    },
    number: (scope) => {
      const found = find(scope);
      return found instanceof PathFailure ? found : numberOfMatch(found.value, options);
    },
  };
}

/** What a path finds, where that is one number. */
function onlyNumber(nodes: readonly unknown[] | PathFailure, { scale = 1 }: ValueSpec): number | undefined {
  if (nodes instanceof PathFailure || nodes.length !== 1) return undefined;
  const [node] = nodes;
  return typeof node === 'number' || typeof node === 'bigint' ? Number(node) * scale : undefined;
}

function findByCel(spec: ValueSpec, compiling: Compiling, options: PathOptions): Find {
  const expression = compiling.compileCel?.(spec);
  const place = { levelsUp: 0, path: undefined };
  if (expression === undefined) return { text: () => noExpression, place };
  noteVariables(expression, compiling);
  const numberText = numberTextOf(options);
  return { text: (scope) => expression.text(expression.evaluate(scope), numberText), place };
}

/** An expression may read anything of the document, if it has the document. */
function noteVariables({ variables }: CompiledCel, { stepCount, rootReads }: Compiling): void {
  const seesRoot =
    variables.has('root') || (variables.has('parent') && stepCount <= 1) || (variables.has('self') && stepCount === 0);
  if (seesRoot) rootReads.push({ shapes: [{ keys: [], rest: 'other' }], isLength: false });
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
  return { source, isSingular: false, shapes: [], text: () => failure, number: () => failure, select: () => failure };
}

/**
 * How many matches there are of a path that can lead to several places, however many it leads to; the length of the one
 * match of any other.
 */
function measure(path: CompiledPath, element: unknown, work: Work): string | PathFailure {
  const nodes = path.select(element, work);
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
