import { type CelExpression, compileExpression } from '../../cel/expression.js';
import { formatDuration, formatTimestamp, secondsOf } from '../../cel/time.js';
import { dyn, type Type } from '../../cel/types.js';
import { Duration, EvaluationError, fromDocument, Timestamp, typeNameOf, Uint } from '../../cel/values.js';
import { formatNumber, type NumberText } from '../../golang/number.js';
import { PathFailure } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { ValueSpec } from '../../model/module.js';
import { type RunContext, textLists } from '../cel-context.js';
import type { Scope } from './scope.js';

/** An expression of a value, and how its results are read. None of them throws but what the budget does. */
export interface CompiledCel {
  /** The variables that it reads. */
  readonly variables: ReadonlySet<string>;
  evaluate(scope: Scope): unknown;
  /** A result as a label has it; one that failed, and null, is missing. */
  text(value: unknown, numberText: NumberText): string | PathFailure;
  /**
   * A result as a number: of a timestamp its seconds since 1970, of a duration its seconds, and where `isPlain` is
   * set, because text would be read in no other way, of numbers and bools, too. Undefined where its text is to be read.
   */
  number(value: unknown, isPlain: boolean): number | undefined;
}

/** Undefined where the expression is none, which is noted once. */
export type CelCompiler = (spec: ValueSpec) => CompiledCel | undefined;

const DECLARATIONS = { self: dyn, parent: dyn, root: dyn, key: dyn, params: textLists };

/** Types that have neither text nor number. */
const VALUELESS: ReadonlySet<Type['kind']> = new Set(['list', 'map', 'bytes', 'type']);

/** Compiles the expressions of a module's values; what is wrong with one goes to the problems. */
export function createCelCompiler(problems: Problem[]): {
  readonly compile: CelCompiler;
  readonly readsKey: (spec: ValueSpec) => boolean;
} {
  const known = new Map<string, CelExpression | undefined>();
  const parse = (spec: ValueSpec) => {
    const place = `${spec.where} ${spec.cel}`;
    if (!known.has(place)) known.set(place, parseValue(spec, problems));
    return known.get(place);
  };
  return {
    compile: (spec) => {
      const expression = parse(spec);
      return expression === undefined ? undefined : compile(expression);
    },
    readsKey: (spec) => spec.cel !== undefined && (parse(spec)?.names.has('key') ?? false),
  };
}

function parseValue({ cel = '', where }: ValueSpec, problems: Problem[]): CelExpression | undefined {
  try {
    const expression = compileExpression(cel, DECLARATIONS);
    if (!VALUELESS.has(expression.type)) return expression;
    const message = `"${cel}" gives a value of type ${expression.type}, which is neither a number nor a text`;
    problems.push({ where, message, hint: 'take one of its elements, or its size()' });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    problems.push({ where, message: `"${cel}" is not an expression: ${reason}` });
  }
  return undefined;
}

const nothing = new PathFailure('missing', 'the expression gave null');

function compile(expression: CelExpression): CompiledCel {
  const readsKey = expression.names.has('key');
  return {
    variables: expression.names,
    evaluate: (scope) => {
      const { run } = scope;
      if (run === undefined) return null;
      return expression.evaluate(listVariables(scope, run, readsKey), run.budget);
    },
    text: (value, numberText) => {
      if (value instanceof EvaluationError)
        return new PathFailure('missing', `the expression failed: ${value.message}`);
      if (typeof value === 'number') return formatNumber(value, numberText);
      if (value === null) return nothing;
      return printText(value) ?? new PathFailure('error', `the expression gave a value of type ${typeNameOf(value)}`);
    },
    number: toNumber,
  };
}

/** In the order of the declarations. The key of an element of an array is an int. */
function listVariables(scope: Scope, run: RunContext, readsKey: boolean): readonly unknown[] {
  const key = readsKey ? scope.key : '';
  return [
    fromDocument(scope.element),
    fromDocument(scope.elementAt(1)),
    fromDocument(scope.elementAt(Number.POSITIVE_INFINITY)),
    typeof key === 'number' ? BigInt(key) : key,
    run.params,
  ];
}

/** The text of a value that is no double; undefined for one that has none. */
function printText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  return value instanceof Duration ? formatDuration(value) : undefined;
}

function toNumber(value: unknown, isPlain: boolean): number | undefined {
  if (value instanceof Timestamp || value instanceof Duration) return secondsOf(value.nanoseconds);
  if (!isPlain) return undefined;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return value instanceof Uint ? Number(value.value) : undefined;
}
