import { type JSONPathQuery, jsonpath } from 'json-p3';
import { isFields } from '../../golang/values.js';
import { PathFailure } from '../path.js';
import { createQuerySteps, walkSteps } from '../singular.js';
import { absent, findOperator } from './comparison.js';
import type { QueryRun } from './regexp.js';
import { compileRegexp, createRegexpCache, type RegexpMode } from './regexp.js';
import { singularKeys } from './singular.js';

const { expressions } = jsonpath;

type Expression = jsonpath.expressions.FilterExpression;
type Token = jsonpath.Token;

/** Whether a filter keeps a value. */
export type Predicate = (current: unknown, run: QueryRun) => boolean;

/** What one side of a comparison is, `absent` included. */
type Operand = (current: unknown, run: QueryRun) => unknown;

/** What a query inside a filter matches. */
type NodesOf = (current: unknown, run: QueryRun) => readonly unknown[];

/** What the compiler of filters needs of the compiler of queries: the two call each other. */
export interface FilterContext {
  compileQuery(query: JSONPathQuery): NodesOf;
  fail(message: string, token: Token): Error;
}

/** A chain of `&&` and `||` is as deep as it is long, so this is also a limit for those. */
const MAX_DEPTH = 500;

/** Compiles filter expressions, which json-p3 has type-checked, to closures. */
export class FilterCompiler {
  readonly #context: FilterContext;
  #depth = 0;

  constructor(context: FilterContext) {
    this.#context = context;
  }

  compile(expression: Expression): Predicate {
    if (++this.#depth > MAX_DEPTH) throw this.#context.fail('a filter nests too deep', expression.token);
    const predicate = this.#compile(expression);
    this.#depth--;
    return predicate;
  }

  #compile(expression: Expression): Predicate {
    if (expression instanceof expressions.LogicalExpression) return this.compile(expression.expression);
    if (expression instanceof expressions.PrefixExpression) {
      const negated = this.compile(expression.right);
      return (current, run) => !negated(current, run);
    }
    if (expression instanceof expressions.InfixExpression) return this.#compileInfix(expression);
    if (expression instanceof expressions.FunctionExtension) return this.#compileRegexp(expression);
    const value = compileSingular(expression);
    if (value !== undefined) return (current, run) => value(current, run) !== absent;
    const nodes = this.#compileNodes(expression);
    return (current, run) => nodes(current, run).length > 0;
  }

  #compileInfix(expression: jsonpath.expressions.InfixExpression): Predicate {
    const { left, operator, right } = expression;
    if (operator === '&&' || operator === '||') {
      const [first, second] = [this.compile(left), this.compile(right)];
      if (operator === '&&') return (current, run) => first(current, run) && second(current, run);
      return (current, run) => first(current, run) || second(current, run);
    }
    const compare = findOperator(operator);
    if (compare === undefined) throw this.#context.fail(`unknown operator ${operator}`, expression.token);
    const [first, second] = [this.#compileOperand(left), this.#compileOperand(right)];
    return (current, run) => compare(first(current, run), second(current, run));
  }

  #compileOperand(expression: Expression): Operand {
    if (expression instanceof expressions.NullLiteral) return () => null;
    if (expression instanceof expressions.NumberLiteral) {
      const number = readNumber(expression);
      return () => number;
    }
    if (expression instanceof expressions.StringLiteral || expression instanceof expressions.BooleanLiteral) {
      const { value } = expression;
      return () => value;
    }
    if (expression instanceof expressions.FunctionExtension) return this.#compileFunction(expression);
    const value = compileSingular(expression);
    if (value === undefined) throw this.#context.fail('a value was expected here', expression.token);
    return value;
  }

  #compileFunction({ name, args, token }: jsonpath.expressions.FunctionExtension): Operand {
    const [argument] = args;
    if (argument === undefined) throw this.#context.fail(`${name}() needs an argument`, token);
    if (name === 'length') {
      const operand = this.#compileOperand(argument);
      return (current, run) => lengthOf(operand(current, run));
    }
    const nodes = this.#compileNodes(argument);
    if (name === 'count') return (current, run) => nodes(current, run).length;
    if (name === 'value') return (current, run) => onlyOf(nodes(current, run));
    throw this.#context.fail(`no such function ${name}()`, token);
  }

  #compileRegexp({ name, args, token }: jsonpath.expressions.FunctionExtension): Predicate {
    const [subject, pattern] = args;
    const mode = readMode(name);
    if (mode === undefined || subject === undefined || pattern === undefined) {
      throw this.#context.fail(`no such function ${name}()`, token);
    }
    const text = this.#compileOperand(subject);
    if (pattern instanceof expressions.StringLiteral) return this.#compileLiteralRegexp({ text, pattern, mode });
    const patternText = this.#compileOperand(pattern);
    const find = createRegexpCache(mode);
    return (current, run) => {
      const [value, source] = [text(current, run), patternText(current, run)];
      if (typeof value !== 'string' || typeof source !== 'string') return false;
      return find(source, run)?.matches(value, run) ?? false;
    };
  }

  #compileLiteralRegexp({ text, pattern, mode }: LiteralRegexp): Predicate {
    const regexp = compileRegexp(pattern.value, mode);
    if (regexp === undefined) throw this.#context.fail('a regular expression that RE2 does not take', pattern.token);
    return (current, run) => {
      const value = text(current, run);
      return typeof value === 'string' && regexp.matches(value, run);
    };
  }

  #compileNodes(expression: Expression): NodesOf {
    if (expression instanceof expressions.RelativeQuery) return this.#context.compileQuery(expression.path);
    if (expression instanceof expressions.RootQuery) {
      const nodes = this.#context.compileQuery(expression.path);
      return (_current, run) => nodes(run.root, run);
    }
    throw this.#context.fail('a query was expected here', expression.token);
  }
}

/** The value that a singular query leads to; undefined for every other expression. */
function compileSingular(expression: Expression): Operand | undefined {
  if (!(expression instanceof expressions.FilterQuery)) return undefined;
  const { segments } = expression.path;
  const keys = singularKeys(segments);
  if (keys.length < segments.length) return undefined;
  const steps = createQuerySteps(keys);
  const isRelative = expression instanceof expressions.RelativeQuery;
  return (current, run) => {
    const value = walkSteps(steps, isRelative ? current : run.root);
    return value instanceof PathFailure ? absent : value;
  };
}

interface LiteralRegexp {
  readonly text: Operand;
  readonly pattern: jsonpath.expressions.StringLiteral;
  readonly mode: RegexpMode;
}

function readMode(name: string): RegexpMode | undefined {
  return name === 'match' || name === 'search' ? name : undefined;
}

/** The number as written: an integer above 2^53 keeps its digits, as it does in a document of `parseDocument`. */
function readNumber({ value, token }: jsonpath.expressions.NumberLiteral): number | bigint {
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(token.value) ? value : BigInt(token.value);
}

function onlyOf(nodes: readonly unknown[]): unknown {
  return nodes.length === 1 ? nodes[0] : absent;
}

function lengthOf(value: unknown): unknown {
  if (typeof value === 'string') return countCodePoints(value);
  if (Array.isArray(value)) return value.length;
  return isFields(value) ? Object.keys(value).length : absent;
}

function countCodePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.codePointAt(i) ?? 0) > 0xffff) count--;
  return count;
}
