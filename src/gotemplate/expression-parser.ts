import type { Token } from './lexer.js';
import { parseNumber, unquoteCharacter } from './literals.js';
import { methodNames, parameterMethods, timeMethods } from './methods.js';
import { checkArity, integer, type Parameter, type TemplateFunction, time } from './signature.js';
import type { CallExpression, Expression } from './syntax.js';
import { keywords, MAX_DEPTH, type TokenReader } from './token-reader.js';
import { kindName, nilList, type Value } from './values.js';

/**
 * The template being parsed: active variables, how many `slots` it ever needs (slot 0 is `$`), how many loops are
 * around, and whether `$` and the dot are the query parameters for sure.
 */
export interface Scope {
  readonly variables: { readonly name: string; readonly slot: number }[];
  readonly rootIsParameters: boolean;
  slots: number;
  loops: number;
  dotIsParameters: boolean;
}

/**
 * The functions a template may call, and for names that zxp knows and refuses, why; and whether its dot is query
 * parameters, each a list of texts.
 */
export interface FunctionNames {
  readonly isOfParameters: boolean;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly refused: ReadonlyMap<string, string>;
}

/** Reads pipelines: declarations, commands, their arguments. `scope` is that of the template being parsed. */
export class ExpressionParser {
  readonly #reader: TokenReader;
  readonly #names: FunctionNames;
  scope: Scope;

  constructor(reader: TokenReader, names: FunctionNames) {
    this.#reader = reader;
    this.#names = names;
    this.scope = newScope(names.isOfParameters);
  }

  /** A pipeline with its declarations, up to but without what closes it. */
  pipeline(context: string): { expression: Expression; slots: readonly number[] } {
    const names: Token[] = [];
    while (
      this.#reader.peek().kind === 'variable' &&
      [',', ':=', '='].some((symbol) => this.#reader.isSymbol(symbol, 1))
    ) {
      names.push(this.#reader.take());
      if (!this.#reader.isSymbol(',')) break;
      const comma = this.#reader.take();
      if (context !== 'range' || names.length > 1 || this.#reader.peek().kind !== 'variable') {
        this.#reader.fail(comma.at, 'only {{range $index, $element := ...}} declares two variables');
      }
    }
    const [first] = names;
    if (first === undefined) return { expression: this.#commands(context), slots: [] };
    const assigns = this.#reader.isSymbol('=');
    if (assigns && names.some(({ text }) => text === '$')) this.#reader.fail(first.at, '$ cannot be assigned to');
    if (!assigns && !this.#reader.isSymbol(':='))
      this.#reader.fail(this.#reader.peek().at, 'a := or = is missing here');
    this.#reader.take();
    const value = this.#commands(context);
    const slots = names.map((name) => (assigns ? this.#slotOf(name) : this.#declare(name)));
    return { expression: { kind: 'assign', slots, value, at: first.at }, slots };
  }

  #commands(context: string): Expression {
    let expression = this.#command(undefined, context);
    for (let count = 1; this.#reader.isSymbol('|'); count++) {
      const pipe = this.#reader.take();
      if (count >= MAX_DEPTH) this.#reader.fail(pipe.at, `a pipeline has more than ${MAX_DEPTH} stages`);
      expression = this.#command(expression, context);
    }
    return expression;
  }

  #command(piped: Expression | undefined, context: string): Expression {
    const token = this.#reader.peek();
    if (token.kind === 'close' || this.#reader.isSymbol(')')) {
      this.#reader.fail(token.at, `something is missing here: the ${context} is empty`);
    }
    if (isFunctionName(token) && !this.#reader.isField(1)) {
      this.#reader.take();
      return this.#call(token, [...this.#arguments(), ...(piped === undefined ? [] : [piped])]);
    }
    const head = this.#operand();
    const args = [...this.#arguments(), ...(piped === undefined ? [] : [piped])];
    if (head.kind === 'literal' && head.value === null)
      this.#reader.fail(head.at, 'nil must be the argument of a function');
    if (args.length === 0) return head;
    if (head.kind !== 'fields') this.#reader.fail(head.at, 'only a function takes arguments or what a pipe passes on');
    const name = head.names.at(-1) ?? '';
    if (!methodNames.has(name)) {
      this.#reader.fail(head.at, `.${name} is not a function`, `methods are ${[...methodNames].join(', ')}`);
    }
    return { ...head, args };
  }

  #arguments(): Expression[] {
    const args: Expression[] = [];
    for (;;) {
      const token = this.#reader.peek();
      if (token.kind === 'close' || this.#reader.isSymbol('|') || this.#reader.isSymbol(')')) return args;
      if (!token.spaced) this.#reader.fail(token.at, 'a space is missing here');
      args.push(this.#operand());
    }
  }

  /** A term and the fields behind it. */
  #operand(): Expression {
    const token = this.#reader.take();
    const base: Expression = token.kind === 'field' ? { kind: 'dot', at: token.at } : this.#term(token);
    const names = token.kind === 'field' ? [token.text] : [];
    while (this.#reader.isField()) names.push(this.#reader.take().text);
    const [name] = names;
    if (name === undefined) return base;
    if (base.kind === 'literal' || (base.kind === 'dot' && token.kind !== 'field')) {
      this.#reader.fail(token.at, `${base.kind === 'dot' ? '.' : 'a literal'} has no field here`);
    }
    if (base.kind === 'call' && base.function.gives === time && !Object.hasOwn(timeMethods, name)) {
      this.#reader.fail(token.at, `a time has no ${name}`, `it has ${Object.keys(timeMethods).join(', ')}`);
    }
    if (names.length > 1 && this.#isParameter(base, name)) {
      this.#reader.fail(token.at, 'a parameter is a list and has no fields', `write (.${name} | first) for its value`);
    }
    return { kind: 'fields', base, names, args: [], at: token.at };
  }

  #term(token: Token): Expression {
    const { at, text } = token;
    if (token.kind === 'variable') return { kind: 'variable', slot: this.#slotOf(token), at };
    if (token.kind === 'string') return { kind: 'literal', value: text, at };
    if (token.kind === 'character') {
      const value = this.#reader.located(at, () => unquoteCharacter(text));
      return { kind: 'literal', value, integer: value, at };
    }
    if (token.kind === 'number') return { kind: 'literal', ...this.#reader.located(at, () => parseNumber(text)), at };
    if (token.kind === 'symbol' && text === '.') return { kind: 'dot', at };
    if (token.kind === 'symbol' && text === '(') {
      return this.#reader.nested(token, () => {
        const { expression } = this.pipeline('parenthesis');
        if (!this.#reader.isSymbol(')')) this.#reader.fail(this.#reader.peek().at, 'a ) is missing here');
        this.#reader.take();
        return expression;
      });
    }
    if (token.kind === 'word' && /^(?:true|false)$/.test(text)) return { kind: 'literal', value: text === 'true', at };
    if (token.kind === 'word' && text === 'nil') return { kind: 'literal', value: null, at };
    if (isFunctionName(token)) return this.#call(token, []);
    return this.#reader.fail(at, `unexpected ${token.kind === 'close' ? '}}' : JSON.stringify(text)}`);
  }

  #call(token: Token, args: readonly Expression[]): CallExpression {
    const name = token.text;
    const called = this.#names.functions.get(name);
    if (called === undefined) return this.#unknown(token);
    const arity = checkArity(args.length, called);
    if (arity !== undefined) this.#reader.fail(token.at, `${name} ${arity.message}`, arity.hint);
    const bound = args.map((arg, index) => this.#bind(arg, name, called.takes[index] ?? called.rest));
    const problem = called.check?.(bound.map((arg) => this.#known(arg)));
    if (problem !== undefined) this.#reader.fail(token.at, `${name}: ${problem.message}`, problem.hint);
    return { kind: 'call', name, function: called, args: bound, at: token.at };
  }

  /** Whether this field is a query parameter for sure, that is a list of texts. */
  #isParameter(base: Expression, name: string): boolean {
    const isParameters = base.kind === 'dot' ? this.scope.dotIsParameters : this.scope.rootIsParameters && isRoot(base);
    return isParameters && !Object.hasOwn(parameterMethods, name);
  }

  /** An argument as a function takes it; refused where it is known to be of another type. */
  #bind(arg: Expression, name: string, takes: Parameter | undefined): Expression {
    const value = this.#known(arg);
    if (value === undefined || takes === undefined || takes.accepts(value)) return arg;
    if (arg.kind === 'literal' && takes === integer && arg.integer !== undefined) return { ...arg, value: arg.integer };
    const hint = arg.kind === 'fields' ? `write (.${arg.names[0]} | first) for its value` : undefined;
    const found = arg.kind === 'fields' ? 'a parameter is a list' : `not ${kindName(value)}`;
    return this.#reader.fail(arg.at, `${name} takes ${takes.name} here, ${found}`, hint);
  }

  /** What an expression gives, or for a query parameter a list that stands for it; undefined if that is not known. */
  #known(expression: Expression): Value | undefined {
    if (expression.kind === 'literal') return expression.value;
    if (expression.kind !== 'fields' || expression.names.length > 1) return undefined;
    return this.#isParameter(expression.base, expression.names[0] ?? '') ? nilList : undefined;
  }

  #unknown({ at, text }: Token): never {
    const reason = this.#names.refused.get(text);
    const known = [...this.#names.functions.keys()].sort();
    const similar = known.find((name) => name.toLowerCase() === text.toLowerCase());
    const hint = `${similar === undefined ? '' : `did you mean ${similar}? `}functions are ${known.join(', ')}`;
    return this.#reader.fail(
      at,
      reason === undefined ? `unknown function ${text}` : `${text} is not supported: ${reason}`,
      hint,
    );
  }

  #slotOf(token: Token): number {
    const variable = this.scope.variables.findLast(({ name }) => name === token.text);
    return (
      variable?.slot ??
      this.#reader.fail(token.at, `unknown variable ${token.text}`, `declare it first: {{ ${token.text} := ... }}`)
    );
  }

  #declare(token: Token): number {
    const slot = this.scope.slots++;
    this.scope.variables.push({ name: token.text, slot });
    return slot;
  }
}

/** The scope of a template at its beginning. */
export function newScope(isOfParameters: boolean): Scope {
  const variables = [{ name: '$', slot: 0 }];
  return { variables, rootIsParameters: isOfParameters, slots: 1, loops: 0, dotIsParameters: isOfParameters };
}

function isFunctionName({ kind, text }: Token): boolean {
  return kind === 'word' && !keywords.has(text) && text !== 'true' && text !== 'false' && text !== 'nil';
}

function isRoot(expression: Expression): boolean {
  return expression.kind === 'variable' && expression.slot === 0;
}
