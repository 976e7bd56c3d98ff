import { ExpressionParser, type FunctionNames, newScope } from './expression-parser.js';
import type { Token } from './lexer.js';
import type { Expression, Node, Program } from './syntax.js';
import { keywords, TokenReader } from './token-reader.js';

/**
 * A template as a program. Throws a TemplateError for what is no template of Go or is not supported, among that: unknown
 * functions, variables, methods and templates, a wrong number of arguments, literals of a wrong type.
 */
export function parseTemplate(source: string, names: FunctionNames): Program {
  return new Parser(source, names).parse();
}

/** Reads text and actions; what is in an action is left to `ExpressionParser`. */
class Parser {
  readonly #reader: TokenReader;
  readonly #expressions: ExpressionParser;
  readonly #templates = new Map<string, readonly Node[]>();
  readonly #uses: Token[] = [];

  constructor(source: string, names: FunctionNames) {
    this.#reader = new TokenReader(source);
    this.#expressions = new ExpressionParser(this.#reader, names);
  }

  parse(): Program {
    const main = this.#nodes(true);
    const token = this.#reader.peek();
    if (token.kind !== 'end') this.#reader.fail(token.at, `{{${token.text}}} belongs to nothing`);
    for (const use of this.#uses) {
      if (!this.#templates.has(use.text)) this.#reader.fail(use.at, `there is no template ${JSON.stringify(use.text)}`);
    }
    return { main, templates: this.#templates };
  }

  /** Nodes up to the end of the source, or up to an `end` or `else`, at whose word the parser is left. */
  #nodes(top: boolean): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#reader.peek();
      if (token.kind === 'end') return nodes;
      this.#reader.take();
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
      } else if (this.#reader.isWord('end') || this.#reader.isWord('else')) {
        return nodes;
      } else if (this.#reader.isWord('define')) {
        if (!top) this.#reader.fail(token.at, '{{define}} must not be inside another action');
        this.#define();
      } else {
        nodes.push(this.#action());
      }
    }
  }

  #action(): Node {
    const token = this.#reader.peek();
    const keyword = token.kind === 'word' && keywords.has(token.text) ? token.text : undefined;
    if (keyword !== undefined) this.#reader.take();
    switch (keyword) {
      case 'if':
      case 'with':
        return this.#reader.nested(token, () => this.#branches(token, keyword));
      case 'range':
        return this.#reader.nested(token, () => this.#range(token));
      case 'template':
        return this.#template(token);
      case 'block':
        return this.#reader.nested(token, () => this.#block(token));
      case 'break':
      case 'continue':
        if (this.#expressions.scope.loops === 0)
          this.#reader.fail(token.at, `{{${keyword}}} is outside of any {{range}}`);
        this.#reader.close();
        return { kind: keyword };
      default: {
        const { expression, slots } = this.#expressions.pipeline('action');
        this.#reader.close();
        return { kind: 'output', expression, silent: slots.length > 0 };
      }
    }
  }

  #branches(token: Token, word: 'if' | 'with'): Node {
    const mark = this.#expressions.scope.variables.length;
    const branches: { condition: Expression; body: readonly Node[] }[] = [];
    let otherwise: readonly Node[] = [];
    do {
      const condition = this.#expressions.pipeline(word).expression;
      this.#reader.close();
      branches.push({ condition, body: this.#body(word === 'with') });
    } while (this.#reader.isWord('else') && this.#reader.isWord(word, 1) && this.#reader.take() && this.#reader.take());
    if (this.#reader.isWord('else')) otherwise = this.#otherwise();
    this.#end(token);
    this.#expressions.scope.variables.length = mark;
    return { kind: 'branches', bindsDot: word === 'with', branches, otherwise };
  }

  #range(token: Token): Node {
    const mark = this.#expressions.scope.variables.length;
    const { expression: over, slots } = this.#expressions.pipeline('range');
    this.#reader.close();
    this.#expressions.scope.loops++;
    const body = this.#body(true);
    this.#expressions.scope.loops--;
    const otherwise = this.#reader.isWord('else') ? this.#otherwise() : [];
    this.#end(token);
    this.#expressions.scope.variables.length = mark;
    return { kind: 'range', over, slots, body, otherwise, at: token.at };
  }

  #otherwise(): readonly Node[] {
    this.#reader.take();
    this.#reader.close();
    return this.#body(false);
  }

  /** Nodes whose variables end with them, and where the dot may be another one. */
  #body(bindsDot: boolean): readonly Node[] {
    const mark = this.#expressions.scope.variables.length;
    const { dotIsParameters } = this.#expressions.scope;
    if (bindsDot) this.#expressions.scope.dotIsParameters = false;
    const nodes = this.#nodes(false);
    this.#expressions.scope.dotIsParameters = dotIsParameters;
    this.#expressions.scope.variables.length = mark;
    return nodes;
  }

  #end(opener: Token): void {
    const token = this.#reader.peek();
    if (token.kind === 'end') this.#reader.fail(opener.at, `{{${opener.text}}} has no {{end}}`);
    if (!this.#reader.isWord('end')) this.#reader.fail(token.at, `this {{else}} does not belong to {{${opener.text}}}`);
    this.#reader.take();
    this.#reader.close();
  }

  #template(token: Token): Node {
    const name = this.#templateName();
    this.#uses.push(name);
    const dot = this.#reader.peek().kind === 'close' ? undefined : this.#expressions.pipeline('template').expression;
    this.#reader.close();
    return { kind: 'template', name: name.text, dot, at: token.at };
  }

  #block(token: Token): Node {
    const name = this.#templateName();
    const dot = this.#expressions.pipeline('block').expression;
    this.#definition(token, name);
    return { kind: 'template', name: name.text, dot, at: token.at };
  }

  #define(): void {
    const token = this.#reader.take();
    this.#reader.nested(token, () => this.#definition(token, this.#templateName()));
  }

  #templateName(): Token {
    const token = this.#reader.take();
    if (token.kind !== 'string') this.#reader.fail(token.at, 'the name of a template must be here, in quotes');
    return token;
  }

  #definition(token: Token, name: Token): void {
    this.#reader.close();
    const outer = this.#expressions.scope;
    this.#expressions.scope = newScope(false);
    const nodes = this.#nodes(false);
    this.#end(token);
    this.#expressions.scope = outer;
    const known = this.#templates.get(name.text);
    if (known === undefined || isBlank(known)) this.#templates.set(name.text, nodes);
    else if (!isBlank(nodes)) this.#reader.fail(name.at, `template ${JSON.stringify(name.text)} is defined twice`);
  }
}

function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}
