import { Budget } from './budget.js';
import { checkExpression, type Declarations } from './check.js';
import { compileEvaluation, type Frame } from './compile.js';
import { createFunctionContext } from './functions.js';
import { parseExpression } from './parse.js';
import { countNodes, type Expression, listChildren } from './syntax.js';
import type { Type } from './types.js';

/** An expression that is parsed and checked once, and evaluated for every document. */
export interface CelExpression {
  readonly source: string;
  /** `dyn` where only the document shows it. */
  readonly type: Type['kind'];
  /** The declared names that it uses. */
  readonly names: ReadonlySet<string>;
  /**
   * The value for these variables, in the order of the declarations: values as in values.ts, an EvaluationError for a
   * failure. Throws what the budget does, and nothing else.
   */
  readonly evaluate: (variables: readonly unknown[], budget: Budget) => unknown;
}

/**
 * Compiles an expression of CEL: cel-go's standard library, without extensions, and RE2 for `matches`. Throws
 * CelSyntaxError where it does not parse, where its types do not fit, and where `expects` is another type.
 */
export function compileExpression(source: string, declarations: Declarations): CelExpression {
  const expression = parseExpression(source);
  const type = checkExpression(expression, { source, declarations });
  const names = Object.keys(declarations);
  const { evaluate, slotCount } = compileEvaluation(expression, { source, names });
  const units = countNodes(expression);
  const frame: Frame = {
    ...createFunctionContext(new Budget({ bytes: 0, isLate: () => false })),
    slots: new Array<unknown>(slotCount).fill(undefined),
  };
  return {
    source,
    type: type.kind,
    names: new Set(listNames(expression).filter((name) => Object.hasOwn(declarations, name))),
    evaluate: (variables, budget) => {
      budget.charge(units);
      frame.budget = budget;
      for (let i = 0; i < names.length; i++) frame.slots[i] = variables[i];
      try {
        return evaluate(frame);
      } finally {
        frame.slots.fill(undefined);
      }
    },
  };
}

function listNames(expression: Expression): readonly string[] {
  const own = expression.kind === 'name' ? [expression.name] : [];
  return [...own, ...listChildren(expression).flatMap(listNames)];
}
