/** The part of CEL's syntax tree that means something. Operators are calls, by names such as `+`, `==`, `!` and `in`. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: unknown; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'select'; readonly operand: Expression; readonly field: string; readonly at: number }
  | { readonly kind: 'has'; readonly operand: Expression; readonly field: string; readonly at: number }
  | { readonly kind: 'index'; readonly operand: Expression; readonly index: Expression; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: number }
  | { readonly kind: 'list'; readonly elements: readonly Expression[]; readonly at: number }
  | {
      readonly kind: 'map';
      readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
      readonly at: number;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
      readonly at: number;
    }
  | {
      readonly kind: 'logic';
      readonly operator: '&&' | '||';
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | Comprehension;

/** A macro over the elements of a list, or the keys of a map. */
export interface Comprehension {
  readonly kind: 'comprehension';
  readonly macro: MacroName;
  readonly range: Expression;
  readonly variable: string;
  /** Of `map` with three arguments. */
  readonly filter: Expression | undefined;
  readonly body: Expression;
  readonly at: number;
}

export const macroNames = ['all', 'exists', 'exists_one', 'map', 'filter'] as const;
export type MacroName = (typeof macroNames)[number];

/** The expressions that one is made of. */
export function listChildren(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'select':
    case 'has':
      return [expression.operand];
    case 'index':
      return [expression.operand, expression.index];
    case 'call':
      return expression.args;
    case 'list':
      return expression.elements;
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case 'conditional':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'logic':
      return [expression.left, expression.right];
    case 'comprehension':
      return [expression.range, expression.body, ...(expression.filter === undefined ? [] : [expression.filter])];
  }
}

/** How many nodes an expression has: what one evaluation costs where nothing repeats. */
export function countNodes(expression: Expression): number {
  let count = 1;
  for (const child of listChildren(expression)) count += countNodes(child);
  return count;
}
