import { type CelExpression, compileExpression } from '../../cel/expression.js';
import { CelSyntaxError } from '../../cel/syntax-error.js';
import { dyn, int } from '../../cel/types.js';
import { EvaluationError, fromDocument, typeNameOf } from '../../cel/values.js';
import { ZxpError } from '../../model/errors.js';
import type { ConditionTest } from '../../model/module.js';
import { takesTooLong } from '../../model/work.js';
import { type RunContext, textLists } from '../cel-context.js';
import type { Finding } from './condition.js';

const DECLARATIONS = { body: dyn, params: textLists, status: int, headers: textLists };

/**
 * Compiles a condition that is an expression over the whole document. It holds where the expression gives what it fails
 * on, and where it fails, gives no bool or costs too much. Throws CelSyntaxError.
 */
export function compileCelCondition({ expression: source, failsOn }: Extract<ConditionTest, { kind: 'cel' }>) {
  const expression = compileExpression(source, DECLARATIONS);
  if (expression.type !== 'bool' && expression.type !== 'dyn') {
    throw new CelSyntaxError(`gives a value of type ${expression.type}, and must give a bool`, { source, at: 0 });
  }
  return (document: unknown, context: RunContext): Finding | undefined => {
    const value = evaluate(expression, document, context);
    if (value === !failsOn) return undefined;
    return { evidence: describe(value) };
  };
}

/** What costs too much or takes too long is a failed check, as is what fails. */
function evaluate(expression: CelExpression, document: unknown, run: RunContext): unknown {
  const { response, params, headers, budget } = run;
  try {
    return expression.evaluate([fromDocument(document), params, BigInt(response?.statusCode ?? 0), headers], budget);
  } catch (thrown) {
    if (thrown instanceof ZxpError && thrown !== takesTooLong) return new EvaluationError(thrown.message);
    throw thrown;
  }
}

function describe(value: unknown): string {
  if (value instanceof EvaluationError) return `the expression failed: ${value.message}`;
  if (typeof value === 'boolean') return `the expression gave ${value}`;
  return `the expression gave a value of type ${typeNameOf(value)}, not a bool`;
}
