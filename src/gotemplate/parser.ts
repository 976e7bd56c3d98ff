import { errorAt, Failure } from './errors.js';
import { lex, type Token } from './lexer.js';
import { parseNumber, unquoteCharacter } from './literals.js';
import { methodNames, parameterMethods, timeMethods } from './methods.js';
import { checkArity, integer, type Parameter, type TemplateFunction, time } from './signature.js';
import type { CallExpression, Expression, Node, Program } from './syntax.js';
import { kindName, nilList, type Value } from './values.js';

const maxDepth = 100;
const keywords = new Set(['if', 'else', 'end', 'range', 'with', 'define', 'template', 'block', 'break', 'continue']);

/**
 * The template being parsed: active variables, how many `slots` it ever needs (slot 0 is `$`), how many loops are
 * around, and whether `$` and the dot are the query parameters for sure.
 */
interface Scope {
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

/**
 * A template as a program. Throws a TemplateError for what is no template of Go or is not supported, among that: unknown
 * functions, variables, methods and templates, a wrong number of arguments, literals of a wrong type.
 */
export function parseTemplate(source: string, names: FunctionNames): Program {
  return new Parser(source, names).parse();
}

class Parser {
  readonly #source: string;
  readonly #names: FunctionNames;
  readonly #tokens: readonly Token[];
  readonly #templates = new Map<string, readonly Node[]>();
  readonly #uses: Token[] = [];
  #next = 0;
  #depth = 0;
  #scope: Scope;

  constructor(source: string, names: FunctionNames) {
    this.#source = source;
    this.#names = names;
    this.#scope = newScope(names.isOfParameters);
    this.#tokens = lex(source);
  }

  parse(): Program {
    const main = this.#nodes(true);
    const token = this.#peek();
    if (token.kind !== 'end') this.#fail(token.at, `{{${token.text}}} belongs to nothing`);
    for (const use of this.#uses) {
      if (!this.#templates.has(use.text)) this.#fail(use.at, `there is no template ${JSON.stringify(use.text)}`);
    }
    return { main, templates: this.#templates };
  }

  /** Nodes up to the end of the source, or up to an `end` or `else`, at whose word the parser is left. */
  #nodes(top: boolean): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') return nodes;
      this.#take();
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
      } else if (this.#isWord('end') || this.#isWord('else')) {
        return nodes;
      } else if (this.#isWord('define')) {
        if (!top) this.#fail(token.at, '{{define}} must not be inside another action');
        this.#define();
      } else {
        nodes.push(this.#action());
      }
    }
  }

  #action(): Node {
    const token = this.#peek();
    const keyword = token.kind === 'word' && keywords.has(token.text) ? token.text : undefined;
    if (keyword !== undefined) this.#take();
    switch (keyword) {
      case 'if':
      case 'with':
        return this.#nested(token, () => this.#branches(token, keyword));
      case 'range':
        return this.#nested(token, () => this.#range(token));
      case 'template':
        return this.#template(token);
      case 'block':
        return this.#nested(token, () => this.#block(token));
      case 'break':
      case 'continue':
        if (this.#scope.loops === 0) this.#fail(token.at, `{{${keyword}}} is outside of any {{range}}`);
        this.#close();
        return { kind: keyword };
      default: {
        const { expression, slots } = this.#pipeline('action');
        this.#close();
        return { kind: 'output', expression, silent: slots.length > 0 };
      }
    }
  }

  #branches(token: Token, word: 'if' | 'with'): Node {
    const mark = this.#scope.variables.length;
    const branches: { condition: Expression; body: readonly Node[] }[] = [];
    let otherwise: readonly Node[] = [];
    do {
      const condition = this.#pipeline(word).expression;
      this.#close();
      branches.push({ condition, body: this.#body(word === 'with') });
    } while (this.#isWord('else') && this.#isWord(word, 1) && this.#take() && this.#take());
    if (this.#isWord('else')) otherwise = this.#otherwise();
    this.#end(token);
    this.#scope.variables.length = mark;
    return { kind: 'branches', bindsDot: word === 'with', branches, otherwise };
  }

  #range(token: Token): Node {
    const mark = this.#scope.variables.length;
    const { expression: over, slots } = this.#pipeline('range');
    this.#close();
    this.#scope.loops++;
    const body = this.#body(true);
    this.#scope.loops--;
    const otherwise = this.#isWord('else') ? this.#otherwise() : [];
    this.#end(token);
    this.#scope.variables.length = mark;
    return { kind: 'range', over, slots, body, otherwise, at: token.at };
  }

  #otherwise(): readonly Node[] {
    this.#take();
    this.#close();
    return this.#body(false);
  }

  /** Nodes whose variables end with them, and where the dot may be another one. */
  #body(bindsDot: boolean): readonly Node[] {
    const mark = this.#scope.variables.length;
    const { dotIsParameters } = this.#scope;
    if (bindsDot) this.#scope.dotIsParameters = false;
    const nodes = this.#nodes(false);
    this.#scope.dotIsParameters = dotIsParameters;
    this.#scope.variables.length = mark;
    return nodes;
  }

  #end(opener: Token): void {
    const token = this.#peek();
    if (token.kind === 'end') this.#fail(opener.at, `{{${opener.text}}} has no {{end}}`);
    if (!this.#isWord('end')) this.#fail(token.at, `this {{else}} does not belong to {{${opener.text}}}`);
    this.#take();
    this.#close();
  }

  #template(token: Token): Node {
    const name = this.#templateName();
    this.#uses.push(name);
    const dot = this.#peek().kind === 'close' ? undefined : this.#pipeline('template').expression;
    this.#close();
    return { kind: 'template', name: name.text, dot, at: token.at };
  }

  #block(token: Token): Node {
    const name = this.#templateName();
    const dot = this.#pipeline('block').expression;
    this.#definition(token, name);
    return { kind: 'template', name: name.text, dot, at: token.at };
  }

  #define(): void {
    const token = this.#take();
    this.#nested(token, () => this.#definition(token, this.#templateName()));
  }

  #templateName(): Token {
    const token = this.#take();
    if (token.kind !== 'string') this.#fail(token.at, 'the name of a template must be here, in quotes');
    return token;
  }

  #definition(token: Token, name: Token): void {
    this.#close();
    const outer = this.#scope;
    this.#scope = newScope(false);
    const nodes = this.#nodes(false);
    this.#end(token);
    this.#scope = outer;
    const known = this.#templates.get(name.text);
    if (known === undefined || isBlank(known)) this.#templates.set(name.text, nodes);
    else if (!isBlank(nodes)) this.#fail(name.at, `template ${JSON.stringify(name.text)} is defined twice`);
  }

  /** A pipeline with its declarations, up to but without what closes it. */
  #pipeline(context: string): { expression: Expression; slots: readonly number[] } {
    const names: Token[] = [];
    while (this.#peek().kind === 'variable' && [',', ':=', '='].some((symbol) => this.#isSymbol(symbol, 1))) {
      names.push(this.#take());
      if (!this.#isSymbol(',')) break;
      const comma = this.#take();
      if (context !== 'range' || names.length > 1 || this.#peek().kind !== 'variable') {
        this.#fail(comma.at, 'only {{range $index, $element := ...}} declares two variables');
      }
    }
    const [first] = names;
    if (first === undefined) return { expression: this.#commands(context), slots: [] };
    const assigns = this.#isSymbol('=');
    if (assigns && names.some(({ text }) => text === '$')) this.#fail(first.at, '$ cannot be assigned to');
    if (!assigns && !this.#isSymbol(':=')) this.#fail(this.#peek().at, 'a := or = is missing here');
    this.#take();
    const value = this.#commands(context);
    const slots = names.map((name) => (assigns ? this.#slotOf(name) : this.#declare(name)));
    return { expression: { kind: 'assign', slots, value, at: first.at }, slots };
  }

  #commands(context: string): Expression {
    let expression = this.#command(undefined, context);
    for (let count = 1; this.#isSymbol('|'); count++) {
      const pipe = this.#take();
      if (count >= maxDepth) this.#fail(pipe.at, `a pipeline has more than ${maxDepth} stages`);
      expression = this.#command(expression, context);
    }
    return expression;
  }

  #command(piped: Expression | undefined, context: string): Expression {
    const token = this.#peek();
    if (token.kind === 'close' || this.#isSymbol(')')) {
      this.#fail(token.at, `something is missing here: the ${context} is empty`);
    }
    if (isFunctionName(token) && !this.#isField(1)) {
      this.#take();
      return this.#call(token, [...this.#arguments(), ...(piped === undefined ? [] : [piped])]);
    }
    const head = this.#operand();
    const args = [...this.#arguments(), ...(piped === undefined ? [] : [piped])];
    if (head.kind === 'literal' && head.value === null) this.#fail(head.at, 'nil must be the argument of a function');
    if (args.length === 0) return head;
    if (head.kind !== 'fields') this.#fail(head.at, 'only a function takes arguments or what a pipe passes on');
    const name = head.names.at(-1) ?? '';
    if (!methodNames.has(name)) {
      this.#fail(head.at, `.${name} is not a function`, `methods are ${[...methodNames].join(', ')}`);
    }
    return { ...head, args };
  }

  #arguments(): Expression[] {
    const args: Expression[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'close' || this.#isSymbol('|') || this.#isSymbol(')')) return args;
      if (!token.spaced) this.#fail(token.at, 'a space is missing here');
      args.push(this.#operand());
    }
  }

  /** A term and the fields behind it. */
  #operand(): Expression {
    const token = this.#take();
    const base: Expression = token.kind === 'field' ? { kind: 'dot', at: token.at } : this.#term(token);
    const names = token.kind === 'field' ? [token.text] : [];
    while (this.#isField()) names.push(this.#take().text);
    const [name] = names;
    if (name === undefined) return base;
    if (base.kind === 'literal' || (base.kind === 'dot' && token.kind !== 'field')) {
      this.#fail(token.at, `${base.kind === 'dot' ? '.' : 'a literal'} has no field here`);
    }
    if (base.kind === 'call' && base.function.gives === time && !Object.hasOwn(timeMethods, name)) {
      this.#fail(token.at, `a time has no ${name}`, `it has ${Object.keys(timeMethods).join(', ')}`);
    }
    if (names.length > 1 && this.#isParameter(base, name)) {
      this.#fail(token.at, 'a parameter is a list and has no fields', `write (.${name} | first) for its value`);
    }
    return { kind: 'fields', base, names, args: [], at: token.at };
  }

  #term(token: Token): Expression {
    const { at, text } = token;
    if (token.kind === 'variable') return { kind: 'variable', slot: this.#slotOf(token), at };
    if (token.kind === 'string') return { kind: 'literal', value: text, at };
    if (token.kind === 'character') {
      const value = this.#located(at, () => unquoteCharacter(text));
      return { kind: 'literal', value, integer: value, at };
    }
    if (token.kind === 'number') return { kind: 'literal', ...this.#located(at, () => parseNumber(text)), at };
    if (token.kind === 'symbol' && text === '.') return { kind: 'dot', at };
    if (token.kind === 'symbol' && text === '(') {
      return this.#nested(token, () => {
        const { expression } = this.#pipeline('parenthesis');
        if (!this.#isSymbol(')')) this.#fail(this.#peek().at, 'a ) is missing here');
        this.#take();
        return expression;
      });
    }
    if (token.kind === 'word' && /^(?:true|false)$/.test(text)) return { kind: 'literal', value: text === 'true', at };
    if (token.kind === 'word' && text === 'nil') return { kind: 'literal', value: null, at };
    if (isFunctionName(token)) return this.#call(token, []);
    return this.#fail(at, `unexpected ${token.kind === 'close' ? '}}' : JSON.stringify(text)}`);
  }

  #call(token: Token, args: readonly Expression[]): CallExpression {
    const name = token.text;
    const called = this.#names.functions.get(name);
    if (called === undefined) return this.#unknown(token);
    const arity = checkArity(args.length, called);
    if (arity !== undefined) this.#fail(token.at, `${name} ${arity.message}`, arity.hint);
    const bound = args.map((arg, index) => this.#bind(arg, name, called.takes[index] ?? called.rest));
    const problem = called.check?.(bound.map((arg) => this.#known(arg)));
    if (problem !== undefined) this.#fail(token.at, `${name}: ${problem.message}`, problem.hint);
    return { kind: 'call', name, function: called, args: bound, at: token.at };
  }

  /** Whether this field is a query parameter for sure, that is a list of texts. */
  #isParameter(base: Expression, name: string): boolean {
    const isParameters =
      base.kind === 'dot' ? this.#scope.dotIsParameters : this.#scope.rootIsParameters && isRoot(base);
    return isParameters && !Object.hasOwn(parameterMethods, name);
  }

  /** An argument as a function takes it; refused where it is known to be of another type. */
  #bind(arg: Expression, name: string, takes: Parameter | undefined): Expression {
    const value = this.#known(arg);
    if (value === undefined || takes === undefined || takes.accepts(value)) return arg;
    if (arg.kind === 'literal' && takes === integer && arg.integer !== undefined) return { ...arg, value: arg.integer };
    const hint = arg.kind === 'fields' ? `write (.${arg.names[0]} | first) for its value` : undefined;
    const found = arg.kind === 'fields' ? 'a parameter is a list' : `not ${kindName(value)}`;
    return this.#fail(arg.at, `${name} takes ${takes.name} here, ${found}`, hint);
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
    return this.#fail(
      at,
      reason === undefined ? `unknown function ${text}` : `${text} is not supported: ${reason}`,
      hint,
    );
  }

  #slotOf(token: Token): number {
    const variable = this.#scope.variables.findLast(({ name }) => name === token.text);
    return (
      variable?.slot ??
      this.#fail(token.at, `unknown variable ${token.text}`, `declare it first: {{ ${token.text} := ... }}`)
    );
  }

  #declare(token: Token): number {
    const slot = this.#scope.slots++;
    this.#scope.variables.push({ name: token.text, slot });
    return slot;
  }

  #nested<T>(token: Token, parse: () => T): T {
    if (++this.#depth > maxDepth) this.#fail(token.at, `the template has more than ${maxDepth} levels`);
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  #located<T>(at: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof Failure ? errorAt(this.#source, at, error) : error;
    }
  }

  #close(): void {
    const token = this.#take();
    if (token.kind !== 'close') this.#fail(token.at, `unexpected ${JSON.stringify(token.text)}`);
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === 'word' && token.text === word;
  }

  #isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  #isField(ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === 'field' && !token.spaced;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '', at: this.#source.length, spaced: false };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #fail(at: number, message: string, hint?: string): never {
    throw errorAt(this.#source, at, { message, hint });
  }
}

function newScope(isOfParameters: boolean): Scope {
  const variables = [{ name: '$', slot: 0 }];
  return { variables, rootIsParameters: isOfParameters, slots: 1, loops: 0, dotIsParameters: isOfParameters };
}

function isFunctionName({ kind, text }: Token): boolean {
  return kind === 'word' && !keywords.has(text) && text !== 'true' && text !== 'false' && text !== 'nil';
}

function isRoot(expression: Expression): boolean {
  return expression.kind === 'variable' && expression.slot === 0;
}

function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}
