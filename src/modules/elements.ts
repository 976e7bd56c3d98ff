import { isQuery, type PathCompiler } from '../jsonpath/compiler.js';
import { type CompiledPath, PathFailure, type PathOptions } from '../jsonpath/path.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { PathText } from '../model/module.js';
import type { Work } from '../model/work.js';

/** Compiles a path; undefined, with the problem noted, for one that does not parse. */
export type PathTextCompiler = (text: PathText, options?: Partial<PathOptions>) => CompiledPath | undefined;

/** A compiler that notes problems. */
export function notingProblems(compilePath: PathCompiler, problems: Problem[]): PathTextCompiler {
  return ({ path, where }, options) => {
    try {
      return compilePath(path, { allowMissingKey: false, strictNumbers: false, ...options });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      problems.push({ where, message: `"${path}" is not a path: ${reason}` });
      return undefined;
    }
  };
}

/** Finds elements in a document. Throws `schema` where nothing is there that could have any. */
export type ElementFinder = (document: unknown, work: Work) => readonly unknown[];

/**
 * Compiles a path that leads to elements. What it goes through at its end (`[*]`, `.*`, a filter) must be an array or an
 * object, so that an error in place of a list is no empty list; with `allowNull` null is an empty one, as Go writes it.
 */
export function compileElements(
  text: PathText,
  compile: PathTextCompiler,
  { name, allowNull }: { readonly name: string; readonly allowNull: boolean },
): ElementFinder | undefined {
  const path = compile(text);
  const parentText = findParent(text.path);
  const parent = parentText === undefined ? undefined : compile({ ...text, path: parentText });
  if (path === undefined) return undefined;
  return (document, work) => {
    const find = (each: CompiledPath) => {
      const found = each.select(document, work);
      if (!(found instanceof PathFailure)) return found;
      if (found.isAbsent) throw nothingThere(name, found.message);
      throw new ZxpError('schema', `${name} does not fit the document: ${found.message}`);
    };
    if (parent !== undefined && !find(parent).some(allowNull ? isObjectOrNull : isObject)) {
      throw nothingThere(name, 'what has the elements is neither an array nor an object');
    }
    return find(path);
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isObjectOrNull(value: unknown): boolean {
  return typeof value === 'object';
}

function nothingThere(name: string, message: string): ZxpError {
  return new ZxpError('schema', `${name} finds nothing: ${message}`, {
    hint: 'an empty array is no failure; a path that leads nowhere is one',
  });
}

/** The path of what a path goes through at its end; undefined where it ends with a name. */
function findParent(path: string): string | undefined {
  if (isQuery(path)) return cutLastStep(path.trimEnd());
  const inner = /^\{([^{}]*)\}$/.exec(path)?.[1];
  const rest = inner === undefined ? undefined : cutLastStep(inner.trimEnd());
  return rest === undefined ? undefined : `{${rest === '' ? '@' : rest}}`;
}

function cutLastStep(expression: string): string | undefined {
  if (expression.endsWith('.*') && !expression.endsWith('..*')) return expression.slice(0, -2);
  if (!expression.endsWith(']')) return undefined;
  const start = findLastBracket(expression);
  return start === undefined || expression.slice(0, start).endsWith('..') ? undefined : expression.slice(0, start);
}

/** Where the bracket opens that closes at the end; brackets in quotes do not count. */
function findLastBracket(expression: string): number | undefined {
  const open: number[] = [];
  let quote: string | undefined;
  let last: number | undefined;
  for (let i = 0; i < expression.length; i++) {
    const character = expression.charAt(i);
    if (character === '\\') i++;
    else if (quote !== undefined) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '[') open.push(i);
    else if (character === ']') last = open.pop();
  }
  return last;
}
