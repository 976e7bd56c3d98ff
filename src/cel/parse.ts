import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { Comprehension, Expression, MacroName } from './syntax.js';
import { macroNames } from './syntax.js';
import { CelSyntaxError } from './syntax-error.js';
import { Bytes, Uint } from './values.js';

const MAX_LENGTH = 10_000;
const MAX_DEPTH = 200;
const MAX_INT = 2n ** 63n - 1n;

/**
 * Parses an expression with the grammar of cel-js, and expands CEL's macros. Throws CelSyntaxError.
 *
 * Of the package this is all that is used. Its type checker knows functions that are not in CEL's standard library,
 * lets an int be compared with a double and refuses `has(a[0].b)`, where cel-go does the opposite; its evaluation cannot
 * be interrupted, and matches regular expressions by backtracking.
 */
export function parseExpression(source: string): Expression {
  if (source.trim() === '') throw new CelSyntaxError('is empty', { source, at: 0 });
  if (source.length > MAX_LENGTH) {
    throw new CelSyntaxError(`is longer than ${MAX_LENGTH} characters`, { source, at: MAX_LENGTH });
  }
  return new Reader(source).read(parseTree(source), 0);
}

function parseTree(source: string): ASTNode {
  try {
    const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
    return environment.parse(source).ast;
  } catch (thrown) {
    if (thrown instanceof ParseError) {
      const { summary, range } = thrown;
      throw new CelSyntaxError(lowerFirst(summary), { source, at: range?.start ?? 0, cause: thrown });
    }
    if (thrown instanceof RangeError) throw new CelSyntaxError('nests too deeply', { source, at: 0, cause: thrown });
    throw thrown;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Turns the package's tree into ours. */
class Reader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  read(node: ASTNode, depth: number): Expression {
    const at = node.start;
    if (depth > MAX_DEPTH) throw this.#fail('nests too deeply', at);
    const read = (child: ASTNode) => this.read(child, depth + 1);
    switch (node.op) {
      case 'value':
        return { kind: 'literal', value: this.#readLiteral(node), at };
      case 'id':
        return { kind: 'name', name: node.args, at };
      case '.':
        return { kind: 'select', operand: read(node.args[0]), field: node.args[1], at };
      case '[]':
        return { kind: 'index', operand: read(node.args[0]), index: read(node.args[1]), at };
      case 'list':
        return { kind: 'list', elements: node.args.map(read), at };
      case 'map':
        return { kind: 'map', entries: node.args.map(([key, value]) => ({ key: read(key), value: read(value) })), at };
      case '?:': {
        const [condition, whenTrue, whenFalse] = node.args;
        return {
          kind: 'conditional',
          condition: read(condition),
          whenTrue: read(whenTrue),
          whenFalse: read(whenFalse),
          at,
        };
      }
      case '&&':
      case '||':
        return { kind: 'logic', operator: node.op, left: read(node.args[0]), right: read(node.args[1]), at };
      case '-_':
        return readNegative(node.args) ?? { kind: 'call', name: '-_', args: [read(node.args)], at };
      case '!_':
        return { kind: 'call', name: '!_', args: [read(node.args)], at };
      case 'call':
        return this.#readCall({ name: node.args[0], args: node.args[1], at }, read);
      case 'rcall':
        return this.#readMemberCall({ name: node.args[0], receiver: node.args[1], args: node.args[2], at }, read);
      case '.?':
      case '[?]':
        throw this.#fail('optional values are not part of the standard library', at);
      default:
        return { kind: 'call', name: node.op, args: [read(node.args[0]), read(node.args[1])], at };
    }
  }

  #readLiteral(node: Extract<ASTNode, { op: 'value' }>): unknown {
    const { args: value, start, end } = node;
    if (value instanceof Uint8Array) return new Bytes(readBytes(value, this.#source.slice(start, end)));
    if (typeof value === 'bigint' && value > MAX_INT) throw this.#fail('the int is out of range', start);
    if (typeof value === 'object' && value !== null) return new Uint(value.valueOf());
    return value;
  }

  #readCall(call: Call, read: (node: ASTNode) => Expression): Expression {
    const { name, args, at } = call;
    if (name !== 'has') return { kind: 'call', name, args: args.map(read), at };
    const [operand] = args;
    if (operand?.op !== '.' || args.length !== 1) throw this.#fail('has() takes a field, such as has(self.name)', at);
    return { kind: 'has', operand: read(operand.args[0]), field: operand.args[1], at };
  }

  #readMemberCall(call: Call & { readonly receiver: ASTNode }, read: (node: ASTNode) => Expression): Expression {
    const { name, receiver, args, at } = call;
    const macro = macroNames.find((each) => each === name);
    const isMacro = macro !== undefined && (args.length === 2 || (macro === 'map' && args.length === 3));
    if (!isMacro) return { kind: 'call', name: `.${name}`, args: [receiver, ...args].map(read), at };
    return this.#readMacro(macro, call, read);
  }

  #readMacro(
    macro: MacroName,
    { receiver, args, at }: Call & { readonly receiver: ASTNode },
    read: (node: ASTNode) => Expression,
  ): Comprehension {
    const [variable, ...bodies] = args;
    const body = bodies.at(-1);
    if (variable?.op !== 'id' || body === undefined || variable.args.startsWith('__')) {
      throw this.#fail(`${macro}() takes a variable, such as ${macro}(x, ...)`, at);
    }
    const filter = bodies.length === 2 ? bodies[0] : undefined;
    return {
      kind: 'comprehension',
      macro,
      range: read(receiver),
      variable: variable.args,
      filter: filter === undefined ? undefined : read(filter),
      body: read(body),
      at,
    };
  }

  #fail(message: string, at: number): CelSyntaxError {
    return new CelSyntaxError(message, { source: this.#source, at });
  }
}

interface Call {
  readonly name: string;
  readonly args: readonly ASTNode[];
  readonly at: number;
}

/** A minus in front of a number is part of it: -9223372036854775808 is an int, though 9223372036854775808 is none. */
function readNegative(node: ASTNode): Expression | undefined {
  if (node.op !== 'value') return undefined;
  const { args: value, start: at } = node;
  if (typeof value === 'number') return { kind: 'literal', value: -value, at };
  return typeof value === 'bigint' && value <= MAX_INT + 1n ? { kind: 'literal', value: -value, at } : undefined;
}

/** The package takes each character beyond ASCII for one byte; CEL has the bytes of its UTF-8. */
function readBytes(bytes: Uint8Array, literal: string): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  const escaped = literal.replace(/[^\x00-\x7f]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16)}`).join(''),
  );
  if (escaped === literal) return bytes;
  const node = parseTree(escaped);
  return node.op === 'value' && node.args instanceof Uint8Array ? node.args : bytes;
}
