import { isFunctionName, signatures } from './signatures.js';
import type { Comprehension, Expression } from './syntax.js';
import { listChildren } from './syntax.js';
import { CelSyntaxError } from './syntax-error.js';
import {
  type Bindings,
  bindType,
  bool,
  bytes,
  describeType,
  double,
  dyn,
  int,
  isCompatible,
  joinTypes,
  listOf,
  mapOf,
  matchType,
  nullType,
  string,
  type Type,
  typeType,
  uint,
} from './types.js';
import { Bytes, knownTypeNames, Uint } from './values.js';

/** What the names of an expression are. */
export type Declarations = Readonly<Record<string, Type>>;

/**
 * The type of an expression, by cel-go's rules. Throws CelSyntaxError for a name that is not declared, a function that
 * the standard library does not have, and types that fit no overload.
 */
export function checkExpression(expression: Expression, context: { source: string; declarations: Declarations }): Type {
  return new Checker(context.source).check(expression, new Map(Object.entries(context.declarations)));
}

/** The qualified name that a chain of names is: `google.protobuf.Timestamp`. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'select') return undefined;
  const operand = qualifiedName(expression.operand);
  return operand === undefined ? undefined : `${operand}.${expression.field}`;
}

type Scope = ReadonlyMap<string, Type>;

class Checker {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  check(node: Expression, scope: Scope): Type {
    switch (node.kind) {
      case 'literal':
        return typeOfLiteral(node.value);
      case 'name':
        return this.#checkName(node, scope);
      case 'select':
        return this.#checkSelect(node, scope);
      case 'has':
        this.#checkField(node, this.check(node.operand, scope));
        return bool;
      case 'index':
        return this.#checkIndex(node, scope);
      case 'call':
        return this.#checkCall(node, scope);
      case 'list':
        return listOf(joinAll(node.elements.map((element) => this.check(element, scope))));
      case 'map':
        return mapOf(
          joinAll(node.entries.map(({ key }) => this.check(key, scope))),
          joinAll(node.entries.map(({ value }) => this.check(value, scope))),
        );
      case 'conditional':
        return this.#checkConditional(node, scope);
      case 'logic':
        for (const side of listChildren(node)) this.#expectBool(side, scope, `${node.operator} takes`);
        return bool;
      case 'comprehension':
        return this.#checkComprehension(node, scope);
    }
  }

  #checkName({ name, at }: Extract<Expression, { kind: 'name' }>, scope: Scope): Type {
    const type = scope.get(name);
    if (type !== undefined) return type;
    if (knownTypeNames.has(name)) return typeType;
    throw this.#fail(`there is no variable ${name}: there is ${[...scope.keys()].join(', ')}`, at);
  }

  #checkSelect(node: Extract<Expression, { kind: 'select' }>, scope: Scope): Type {
    const qualified = qualifiedName(node);
    if (qualified !== undefined && knownTypeNames.has(qualified) && !scope.has(qualified.replace(/\..*/s, ''))) {
      return typeType;
    }
    return this.#checkField(node, this.check(node.operand, scope));
  }

  #checkField({ field, at }: { readonly field: string; readonly at: number }, operand: Type): Type {
    if (operand.kind === 'dyn') return dyn;
    if (operand.kind === 'map') return operand.value;
    throw this.#fail(`${describeType(operand)} has no field ${field}`, at);
  }

  #checkIndex(node: Extract<Expression, { kind: 'index' }>, scope: Scope): Type {
    const operand = this.check(node.operand, scope);
    const index = this.check(node.index, scope);
    if (index.kind === 'null') throw this.#fail('null is no index', node.index.at);
    if (operand.kind === 'dyn') return dyn;
    if (operand.kind === 'list' && isCompatible(int, index)) return operand.element;
    if (operand.kind === 'map' && isCompatible(operand.key, index)) return operand.value;
    throw this.#fail(`${describeType(operand)} has no [${describeType(index)}]`, node.at);
  }

  #checkCall({ name, args, at }: Extract<Expression, { kind: 'call' }>, scope: Scope): Type {
    if (!isFunctionName(name)) {
      throw this.#fail(`${name.replace(/^\./, '')}() is not a function of CEL's standard library`, at);
    }
    const types = args.map((arg) => this.check(arg, scope));
    const results = signatures[name].flatMap((signature) => {
      const bindings: Bindings = new Map();
      const fits =
        signature.args.length === types.length &&
        signature.args.every((expected, i) => matchType(expected, types[i] ?? dyn, bindings));
      return fits ? [bindType(signature.result, bindings)] : [];
    });
    if (results.length === 0) {
      throw this.#fail(
        `${describeFunction(name)} does not take ${types.map(describeType).join(', ') || 'nothing'}`,
        at,
      );
    }
    return joinAll(results);
  }

  #checkConditional(node: Extract<Expression, { kind: 'conditional' }>, scope: Scope): Type {
    this.#expectBool(node.condition, scope, 'the condition of ?: is');
    const whenTrue = this.check(node.whenTrue, scope);
    const whenFalse = this.check(node.whenFalse, scope);
    if (isCompatible(whenTrue, whenFalse)) return joinTypes(whenTrue, whenFalse);
    const types = `${describeType(whenTrue)} and ${describeType(whenFalse)}`;
    throw this.#fail(`the two sides of ?: have different types, ${types}`, node.at);
  }

  #checkComprehension(node: Comprehension, scope: Scope): Type {
    const range = this.check(node.range, scope);
    const element = elementType(range);
    if (element === undefined) {
      throw this.#fail(`${node.macro}() goes over lists and maps, not ${describeType(range)}`, node.at);
    }
    const inner = new Map(scope).set(node.variable, element);
    if (node.filter !== undefined) this.#expectBool(node.filter, inner, `the filter of ${node.macro}() is`);
    if (node.macro === 'map') return listOf(this.check(node.body, inner));
    this.#expectBool(node.body, inner, `the condition of ${node.macro}() is`);
    return node.macro === 'filter' ? listOf(element) : bool;
  }

  #expectBool(node: Expression, scope: Scope, what: string): void {
    const type = this.check(node, scope);
    if (!isCompatible(bool, type)) throw this.#fail(`${what} a bool, not ${describeType(type)}`, node.at);
  }

  #fail(message: string, at: number): CelSyntaxError {
    return new CelSyntaxError(message, { source: this.#source, at });
  }
}

function elementType(range: Type): Type | undefined {
  if (range.kind === 'list') return range.element;
  if (range.kind === 'map') return range.key;
  return range.kind === 'dyn' ? dyn : undefined;
}

function joinAll([first, ...others]: readonly Type[]): Type {
  return others.reduce(joinTypes, first ?? dyn);
}

function typeOfLiteral(value: unknown): Type {
  switch (typeof value) {
    case 'boolean':
      return bool;
    case 'bigint':
      return int;
    case 'number':
      return double;
    case 'string':
      return string;
    default:
      if (value instanceof Uint) return uint;
      return value instanceof Bytes ? bytes : nullType;
  }
}

/** `+` is written as it is, a function with its parentheses. */
function describeFunction(name: string): string {
  if (/^[.a-z]{3}/i.test(name)) return `${name.replace(/^\./, '')}()`;
  return name.replace('_', '');
}
