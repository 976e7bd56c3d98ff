import type { TemplateFunction } from './signature.js';
import type { Value } from './values.js';

/** An expression; `at` is its offset in the source. Variables are numbered slots of the template they are in. */
export type Expression =
  | LiteralExpression
  | { readonly kind: 'dot'; readonly at: number }
  | { readonly kind: 'variable'; readonly slot: number; readonly at: number }
  | FieldsExpression
  | CallExpression
  | { readonly kind: 'assign'; readonly slots: readonly number[]; readonly value: Expression; readonly at: number };

export interface LiteralExpression {
  readonly kind: 'literal';
  readonly value: Value;
  /** For a number without a fraction: what it is where an integer is wanted. */
  readonly integer?: bigint | undefined;
  readonly at: number;
}

/** `.a.b`, `$x.a`, `(pipeline).a`, `now.Unix`; arguments are for a method, the last of the names. */
export interface FieldsExpression {
  readonly kind: 'fields';
  readonly base: Expression;
  readonly names: readonly string[];
  readonly args: readonly Expression[];
  readonly at: number;
}

/** A function with its arguments; what a pipe passes on is the last one. */
export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly function: TemplateFunction;
  readonly args: readonly Expression[];
  readonly at: number;
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  /** An expression to print, or only to evaluate where it declares or assigns. */
  | { readonly kind: 'output'; readonly expression: Expression; readonly silent: boolean }
  /** `if`, and `with` where it rebinds the dot: the first branch whose condition is true, else `otherwise`. */
  | {
      readonly kind: 'branches';
      readonly bindsDot: boolean;
      readonly branches: readonly { readonly condition: Expression; readonly body: readonly Node[] }[];
      readonly otherwise: readonly Node[];
    }
  /** `slots` are those of the index and the element, or of the element alone, or none. */
  | {
      readonly kind: 'range';
      readonly over: Expression;
      readonly slots: readonly number[];
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
      readonly at: number;
    }
  | { readonly kind: 'template'; readonly name: string; readonly dot: Expression | undefined; readonly at: number }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

/** A parsed template and the templates that it defines. */
export interface Program {
  readonly main: readonly Node[];
  readonly templates: ReadonlyMap<string, readonly Node[]>;
}
