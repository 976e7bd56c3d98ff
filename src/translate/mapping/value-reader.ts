import { isQuery, type PathCompiler } from '../../jsonpath/compiler.js';
import { type CompiledPath, PathFailure, type PathOptions } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { ValueSpec } from '../../model/module.js';
import type { Scope } from './iteration-context.js';
import { compileNumberReader, compileTextSteps } from './text-steps.js';

/** A value of the element at hand, as text and as a number. Neither throws; a failure is a value. */
export interface ValueReader {
  text(scope: Scope): string | PathFailure;
  number(scope: Scope): number | PathFailure;
}

/** What compiling needs beside the spec: the compiler of paths, their options, and where problems go. */
export interface Compiling {
  readonly compilePath: PathCompiler;
  readonly options: PathOptions;
  readonly problems: Problem[];
  /** Paths that do not parse: json_exporter starts with them all the same. */
  readonly pathProblems: Problem[];
  /** Paths that json_exporter takes for text. */
  readonly queries: Problem[];
}

const noMatch = new PathFailure('error', 'the text has no match, and nothing stands for it');
const noNumber = new PathFailure('error', 'the text is not a number');
const noLength = new PathFailure('error', 'a number, boolean or null has no length');

/** Compiles a value. One that is a path alone reads numbers without the detour over text. */
export function compileValue(spec: ValueSpec, compiling: Compiling): ValueReader {
  const { options, problems } = compiling;
  const hasFallback = spec.fallback !== undefined;
  // A length of nothing is 0 where nothing is allowed; with a fallback, what is missing must be told from what is empty.
  const allowMissingKey = options.allowMissingKey || (hasFallback && !spec.isLength);
  const step = { path: spec.path ?? '', where: spec.where };
  const path = compileStepPath(step, { ...compiling, options: { ...options, allowMissingKey } });
  const find = compileFind(spec, path);
  const steps = compileTextSteps(spec, problems);
  const isPlain = !(spec.isKey || spec.isLength || hasFallback) && steps.length === 0;
  const isPlainNumber = isPlain && spec.unit === undefined && spec.date === undefined && spec.scale === undefined;
  const readNumber = compileNumberReader(spec, problems);
  const text = (scope: Scope): string | PathFailure => {
    let found = orFallback(find(scope), spec.fallback);
    for (const step of steps) {
      if (typeof found !== 'string') return found;
      found = step(found) ?? noMatch;
    }
    return found;
  };
  return {
    text,
    number: (scope) => {
      if (isPlainNumber) return path.number(scope.elementAt(spec.levelsUp));
      const found = text(scope);
      return typeof found === 'string' ? (readNumber(found) ?? noNumber) : found;
    },
  };
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
  return { source, text: () => failure, number: () => failure, select: () => failure };
}

function compileFind(spec: ValueSpec, path: CompiledPath): (scope: Scope) => string | PathFailure {
  const { levelsUp } = spec;
  if (spec.isKey) return (scope) => scope.keyAt(levelsUp);
  if (spec.isLength) return (scope) => measure(path.select(scope.elementAt(levelsUp)));
  return (scope) => path.text(scope.elementAt(levelsUp));
}

/** The length of the one match, or how many matches there are. */
function measure(nodes: readonly unknown[] | PathFailure): string | PathFailure {
  if (nodes instanceof PathFailure) return nodes;
  const [node] = nodes;
  if (nodes.length !== 1) return String(nodes.length);
  if (typeof node === 'string') return String([...node].length);
  if (Array.isArray(node)) return String(node.length);
  return typeof node === 'object' && node !== null ? String(Object.keys(node).length) : noLength;
}

/** What is missing, null or empty becomes the fallback, where there is one. */
function orFallback(found: string | PathFailure, fallback: string | undefined): string | PathFailure {
  if (fallback === undefined) return found;
  const isNothing = typeof found === 'string' ? found === '' || found === 'null' : found.kind === 'missing';
  return isNothing ? fallback : found;
}
