import { qualifiedName } from './check.js';
import { type CelFunction, type FunctionContext, functions } from './functions.js';
import { compilePattern } from './patterns.js';
import { isFunctionName } from './signatures.js';
import { type Comprehension, countNodes, type Expression } from './syntax.js';
import { CelSyntaxError } from './syntax-error.js';
import {
  CelList,
  CelMap,
  EvaluationError,
  fromDocument,
  isJsonObject,
  kindOf,
  knownTypeNames,
  listItems,
  mapKeys,
  mapValue,
  TypeName,
  Uint,
} from './values.js';

/** One evaluation: the values of the names by their slots, and what functions need. */
export interface Frame extends FunctionContext {
  readonly slots: unknown[];
}

/** An expression, compiled. Never throws but what the budget does: a failure is a value. */
export type Evaluate = (frame: Frame) => unknown;

/** Compiles a checked expression; `names` have the first slots, in their order. */
export function compileEvaluation(
  expression: Expression,
  { source, names }: { readonly source: string; readonly names: readonly string[] },
): { readonly evaluate: Evaluate; readonly slotCount: number } {
  const compiler = new Compiler(source, names.length);
  const evaluate = compiler.compile(expression, new Map(names.map((name, slot) => [name, slot])));
  return { evaluate, slotCount: compiler.slotCount };
}

type Slots = ReadonlyMap<string, number>;

class Compiler {
  readonly #source: string;
  slotCount: number;

  constructor(source: string, slotCount: number) {
    this.#source = source;
    this.slotCount = slotCount;
  }

  compile(node: Expression, slots: Slots): Evaluate {
    const compile = (child: Expression) => this.compile(child, slots);
    switch (node.kind) {
      case 'literal': {
        const { value } = node;
        return () => value;
      }
      case 'name':
      case 'select':
        return compileReference(node, slots, compile);
      case 'has':
        return compileHas(compile(node.operand), node.field);
      case 'index':
        return compileIndex(compile(node.operand), compile(node.index));
      case 'call':
        return this.#compileCall(node, compile);
      case 'list':
        return compileList(node.elements.map(compile));
      case 'map':
        return compileMap(node.entries.map(({ key, value }) => [compile(key), compile(value)]));
      case 'conditional':
        return compileConditional(compile(node.condition), compile(node.whenTrue), compile(node.whenFalse));
      case 'logic':
        return compileLogic(node.operator === '||', compile(node.left), compile(node.right));
      case 'comprehension':
        return this.#compileComprehension(node, slots);
    }
  }

  #compileCall({ name, args, at }: Extract<Expression, { kind: 'call' }>, compile: (node: Expression) => Evaluate) {
    const [first, second] = args;
    if (!isFunctionName(name) || first === undefined) throw this.#fail(`${name} is not a function`, at);
    const pattern = name === 'matches' || name === '.matches' ? second : undefined;
    if (pattern?.kind === 'literal' && typeof pattern.value === 'string') {
      return compileMatches(compile(first), this.#compilePattern(pattern.value, pattern.at));
    }
    const run = functions[name];
    return second === undefined
      ? compileUnary(name, run, compile(first))
      : compileBinary(name, run, compile(first), compile(second));
  }

  #compilePattern(source: string, at: number): CelFunction {
    try {
      const pattern = compilePattern(source);
      return ({ budget }, text) => (typeof text === 'string' ? pattern(text, budget) : undefined);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw this.#fail(`the pattern is not a regular expression of RE2: ${reason}`, at);
    }
  }

  #compileComprehension(node: Comprehension, slots: Slots): Evaluate {
    const slot = this.slotCount++;
    const inner = new Map(slots).set(node.variable, slot);
    const { macro, filter } = node;
    const loop = {
      range: this.compile(node.range, slots),
      slot,
      filter: filter === undefined ? undefined : this.compile(filter, inner),
      body: this.compile(node.body, inner),
      units: countNodes(node.body) + (filter === undefined ? 0 : countNodes(filter)) + 1,
    };
    switch (macro) {
      case 'all':
        return compileQuantifier(loop, false);
      case 'exists':
        return compileQuantifier(loop, true);
      case 'exists_one':
        return compileExistsOne(loop);
      case 'map':
        return compileTransform(loop);
      case 'filter':
        return compileFilter(loop);
    }
  }

  #fail(message: string, at: number): CelSyntaxError {
    return new CelSyntaxError(message, { source: this.#source, at });
  }
}

function compileReference(
  node: Extract<Expression, { kind: 'name' | 'select' }>,
  slots: Slots,
  compile: (node: Expression) => Evaluate,
): Evaluate {
  if (node.kind === 'name') {
    const slot = slots.get(node.name);
    if (slot !== undefined) return (frame) => frame.slots[slot];
  }
  const qualified = qualifiedName(node);
  if (qualified !== undefined && knownTypeNames.has(qualified) && !slots.has(qualified.replace(/\..*/s, ''))) {
    const type = new TypeName(qualified);
    return () => type;
  }
  return node.kind === 'name' ? () => noName : compileSelect(compile(node.operand), node.field);
}

const noName = new EvaluationError('there is no such variable');
const noBool = new EvaluationError('the condition is not a bool');
const noIndex = new EvaluationError('the list has no such element');
const noKey = new EvaluationError('the map has no such key');
const noContainer = new EvaluationError('the value has no elements');
const noRange = new EvaluationError('the value is neither a list nor a map');

/** Fields of objects by their plain names are read without a look at the prototype, which has none of these names. */
function compileSelect(operand: Evaluate, field: string): Evaluate {
  const isPlainName = !(field in Object.prototype);
  const missing = new EvaluationError(`there is no ${field}`);
  const noMap = new EvaluationError(`the value has no fields such as ${field}`);
  return (frame) => {
    const map = operand(frame);
    if (map instanceof EvaluationError) return map;
    const value = isPlainName && isJsonObject(map) ? fromDocument(map[field]) : mapValue(map, field);
    if (value !== undefined) return value;
    return kindOf(map) === 'map' ? missing : noMap;
  };
}

/** As in cel-go a list is an error, and a value without fields has none. */
function compileHas(operand: Evaluate, field: string): Evaluate {
  return (frame) => {
    const map = operand(frame);
    if (map instanceof EvaluationError) return map;
    return kindOf(map) === 'list' ? noContainer : mapValue(map, field) !== undefined;
  };
}

function compileIndex(operand: Evaluate, index: Evaluate): Evaluate {
  return (frame) => {
    const container = operand(frame);
    if (container instanceof EvaluationError) return container;
    const key = index(frame);
    if (key instanceof EvaluationError) return key;
    const items = listItems(container);
    if (items === undefined) return mapKeyed(container, key);
    const position = toPosition(key);
    const item = position === undefined ? undefined : items[position];
    if (item === undefined) return noIndex;
    return container instanceof CelList ? item : fromDocument(item);
  };
}

function mapKeyed(container: unknown, key: unknown): unknown {
  const value = mapValue(container, key);
  if (value !== undefined) return value;
  return kindOf(container) === 'map' ? noKey : noContainer;
}

/** An index may be any number that is whole. */
function toPosition(key: unknown): number | undefined {
  if (typeof key === 'bigint') return Number(key);
  if (typeof key === 'number') return Number.isInteger(key) ? key : undefined;
  return key instanceof Uint ? Number(key.value) : undefined;
}

function compileList(elements: readonly Evaluate[]): Evaluate {
  return (frame) => {
    const items: unknown[] = [];
    for (const element of elements) {
      const item = element(frame);
      if (item instanceof EvaluationError) return item;
      items.push(item);
    }
    return new CelList(items);
  };
}

function compileMap(entries: readonly (readonly [key: Evaluate, value: Evaluate])[]): Evaluate {
  return (frame) => {
    const pairs: (readonly [unknown, unknown])[] = [];
    for (const [readKey, readValue] of entries) {
      const key = readKey(frame);
      if (key instanceof EvaluationError) return key;
      const value = readValue(frame);
      if (value instanceof EvaluationError) return value;
      pairs.push([key, value]);
    }
    return new CelMap(pairs);
  };
}

function compileConditional(condition: Evaluate, whenTrue: Evaluate, whenFalse: Evaluate): Evaluate {
  return (frame) => {
    const holds = condition(frame);
    if (typeof holds === 'boolean') return holds ? whenTrue(frame) : whenFalse(frame);
    return holds instanceof EvaluationError ? holds : noBool;
  };
}

/** `decisive` is what decides whatever the other side is: true for `||`. An error on one side does not matter then. */
function compileLogic(decisive: boolean, left: Evaluate, right: Evaluate): Evaluate {
  return (frame) => {
    const first = left(frame);
    return first === decisive ? decisive : joinLogic(decisive, first, right(frame));
  };
}

function joinLogic(decisive: boolean, first: unknown, second: unknown): unknown {
  if (second === decisive) return decisive;
  if (typeof first !== 'boolean') return first instanceof EvaluationError ? first : noBool;
  if (typeof second !== 'boolean') return second instanceof EvaluationError ? second : noBool;
  return !decisive;
}

function compileUnary(name: string, run: CelFunction, operand: Evaluate): Evaluate {
  return (frame) => {
    const value = operand(frame);
    if (value instanceof EvaluationError) return value;
    const result = run(frame, value, undefined);
    return result === undefined ? noOverload(name, [value]) : result;
  };
}

function compileBinary(name: string, run: CelFunction, left: Evaluate, right: Evaluate): Evaluate {
  return (frame) => {
    const first = left(frame);
    if (first instanceof EvaluationError) return first;
    const second = right(frame);
    if (second instanceof EvaluationError) return second;
    const result = run(frame, first, second);
    return result === undefined ? noOverload(name, [first, second]) : result;
  };
}

function compileMatches(operand: Evaluate, run: CelFunction): Evaluate {
  return compileUnary('matches', run, operand);
}

function noOverload(name: string, values: readonly unknown[]): EvaluationError {
  const kinds = values.map(kindOf).join(' and ');
  return new EvaluationError(`${name.replace(/^\.|_$/, '')} does not go with ${kinds}`);
}

interface Loop {
  readonly range: Evaluate;
  readonly slot: number;
  readonly filter: Evaluate | undefined;
  readonly body: Evaluate;
  /** What one round costs. */
  readonly units: number;
}

/** What a macro does in one round, the element in its slot. Anything but undefined ends the loop with it. */
type Round = (frame: Frame, element: unknown) => unknown;

/** Goes over a list's items, or a map's keys; undefined once it came to the end. */
function iterate({ range, slot, units }: Loop, frame: Frame, round: Round): unknown {
  const container = range(frame);
  if (container instanceof EvaluationError) return container;
  const items = listItems(container) ?? mapKeys(container);
  if (items === undefined) return noRange;
  frame.budget.charge(items.length >> 3);
  const isDocument = Array.isArray(container);
  for (let i = 0; i < items.length; i++) {
    frame.budget.charge(units);
    const element = isDocument ? fromDocument(items[i]) : items[i];
    frame.slots[slot] = element;
    const end = round(frame, element);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** `all` and `exists`: the first element that decides does so whatever was an error before it. */
function compileQuantifier(loop: Loop, decisive: boolean): Evaluate {
  const { body } = loop;
  return (frame) => {
    let soFar: unknown = !decisive;
    const end = iterate(loop, frame, (inner) => {
      soFar = joinLogic(decisive, soFar, body(inner));
      return soFar === decisive ? decisive : undefined;
    });
    return end === undefined ? soFar : end;
  };
}

function compileExistsOne(loop: Loop): Evaluate {
  const { body } = loop;
  return (frame) => {
    let count = 0;
    const end = iterate(loop, frame, (inner) => {
      const holds = body(inner);
      if (holds === true) count++;
      return checkBool(holds);
    });
    return end === undefined ? count === 1 : end;
  };
}

function compileTransform(loop: Loop): Evaluate {
  const { filter, body } = loop;
  return (frame) => {
    const items: unknown[] = [];
    const end = iterate(loop, frame, (inner) => {
      const holds = filter === undefined ? true : filter(inner);
      if (holds !== true) return checkBool(holds);
      const item = body(inner);
      if (item instanceof EvaluationError) return item;
      items.push(item);
      return undefined;
    });
    return end === undefined ? new CelList(items) : end;
  };
}

function compileFilter(loop: Loop): Evaluate {
  const { body } = loop;
  return (frame) => {
    const items: unknown[] = [];
    const end = iterate(loop, frame, (inner, element) => {
      const holds = body(inner);
      if (holds === true) items.push(element);
      return checkBool(holds);
    });
    return end === undefined ? new CelList(items) : end;
  };
}

/** The error that a condition is, unless it is a bool. */
function checkBool(holds: unknown): EvaluationError | undefined {
  if (typeof holds === 'boolean') return undefined;
  return holds instanceof EvaluationError ? holds : noBool;
}
