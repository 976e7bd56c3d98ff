import { errorAt, Failure } from './errors.js';
import { display } from './format.js';
import { methodOf } from './methods.js';
import type { Environment } from './signature.js';
import type { CallExpression, Expression, FieldsExpression, Node, Program } from './syntax.js';
import { Dict, isList, isTrue, kindName, sizeOf, type Value } from './values.js';

const maxDepth = 200;

/** What is rendered, and what it may use. */
export interface Rendering {
  readonly source: string;
  readonly program: Program;
  readonly environment: Environment;
  readonly maxOutputBytes: number;
}

/** The text of a template whose dot is this. Throws a TemplateError where the data does not allow it. */
export function evaluate(rendering: Rendering, data: Value): string {
  return new Evaluation(rendering).render(data);
}

/** Where an expression is evaluated: the dot, and the variables of the template around it. */
interface Frame {
  readonly dot: Value;
  readonly slots: Value[];
}

type Flow = 'next' | 'break' | 'continue';

class Evaluation {
  readonly #rendering: Rendering;
  readonly #output: string[] = [];
  #bytesLeft: number;
  #depth = 0;
  /** Offset and name of what is being done, for the error if it fails. */
  #at = 0;
  #doing = '';

  constructor(rendering: Rendering) {
    this.#rendering = rendering;
    this.#bytesLeft = rendering.maxOutputBytes;
  }

  render(data: Value): string {
    try {
      this.#run(this.#rendering.program.main, { dot: data, slots: [data] });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const message = this.#doing === '' ? error.message : `${this.#doing}: ${error.message}`;
      throw errorAt(this.#rendering.source, this.#at, { message, hint: error.hint });
    }
    return this.#output.join('');
  }

  #run(nodes: readonly Node[], frame: Frame): Flow {
    if (++this.#depth > maxDepth) throw new Failure(`templates are more than ${maxDepth} levels deep`);
    for (const node of nodes) {
      const flow = this.#step(node, frame);
      if (flow !== 'next') {
        this.#depth--;
        return flow;
      }
    }
    this.#depth--;
    return 'next';
  }

  #step(node: Node, frame: Frame): Flow {
    this.#rendering.environment.budget.spend(1);
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return 'next';
      case 'output':
        this.#print(node, frame);
        return 'next';
      case 'branches': {
        for (const { condition, body } of node.branches) {
          const value = this.#value(condition, frame);
          if (isTrue(value)) return this.#run(body, node.bindsDot ? { ...frame, dot: value } : frame);
        }
        return this.#run(node.otherwise, frame);
      }
      case 'range':
        return this.#range(node, frame);
      case 'template': {
        const dot = node.dot === undefined ? null : this.#value(node.dot, frame);
        this.#mark(node.at, `template ${node.name}`);
        this.#run(this.#rendering.program.templates.get(node.name) ?? [], { dot, slots: [dot] });
        return 'next';
      }
      default:
        return node.kind;
    }
  }

  #range(node: Extract<Node, { kind: 'range' }>, frame: Frame): Flow {
    const over = this.#value(node.over, frame);
    this.#mark(node.at, 'range');
    let empty = true;
    for (const [index, element] of this.#elements(over, node.slots.length)) {
      empty = false;
      const [first, second] = node.slots;
      if (first !== undefined) frame.slots[first] = second === undefined ? element : index;
      if (second !== undefined) frame.slots[second] = element;
      if (this.#run(node.body, { ...frame, dot: element }) === 'break') break;
      this.#rendering.environment.budget.spend(1);
    }
    return empty ? this.#run(node.otherwise, frame) : 'next';
  }

  *#elements(over: Value, variables: number): Generator<readonly [Value, Value]> {
    if (over === null) return;
    if (over instanceof Dict) {
      this.#rendering.environment.budget.spend(over.entries.size);
      for (const key of over.sortedKeys()) yield [key, over.get(key)];
    } else if (isList(over)) {
      for (const [index, element] of over.entries()) yield [BigInt(index), element];
    } else if (typeof over === 'bigint') {
      if (variables > 1) throw new Failure('a range over a number has only one variable');
      for (let index = 0n; index < over; index++) yield [null, index];
    } else {
      throw new Failure(`cannot range over ${kindName(over)}`);
    }
  }

  #print({ expression, silent }: Extract<Node, { kind: 'output' }>, frame: Frame): void {
    const value = this.#value(expression, frame);
    if (silent) return;
    this.#mark(expression.at, '');
    this.#write(value === null ? '<no value>' : display(value, this.#rendering.environment.budget));
  }

  #write(text: string): void {
    this.#bytesLeft -= Buffer.byteLength(text);
    if (this.#bytesLeft < 0) throw new Failure(`the result is longer than ${this.#rendering.maxOutputBytes} bytes`);
    this.#output.push(text);
  }

  #value(expression: Expression, frame: Frame): Value {
    this.#rendering.environment.budget.spend(1);
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'dot':
        return frame.dot;
      case 'variable':
        return frame.slots[expression.slot] ?? null;
      case 'fields':
        return this.#fields(expression, frame);
      case 'call':
        return this.#call(expression, frame);
      case 'assign': {
        const value = this.#value(expression.value, frame);
        for (const slot of expression.slots) frame.slots[slot] = value;
        return value;
      }
    }
  }

  #fields({ base, names, args, at }: FieldsExpression, frame: Frame): Value {
    const receiver = this.#value(base, frame);
    const values = args.map((arg) => this.#value(arg, frame));
    return names.reduce((value: Value, name, index) => {
      this.#mark(at, `.${name}`);
      if (value === null && index === 0) return null;
      return this.#field(value, name, index === names.length - 1 ? values : []);
    }, receiver);
  }

  #field(value: Value, name: string, args: readonly Value[]): Value {
    const method = methodOf(value, name);
    if (method !== undefined) {
      this.#rendering.environment.budget.spendCalendar();
      return method.call([value, ...args], this.#rendering.environment);
    }
    if (!(value instanceof Dict)) throw new Failure(`${kindName(value)} has no such field`);
    if (args.length > 0) throw new Failure('is a value, not a function');
    return value.get(name);
  }

  #call({ function: called, name, args, at }: CallExpression, frame: Frame): Value {
    const { stopsAt } = called;
    if (stopsAt !== undefined) {
      let value: Value = null;
      for (const arg of args) {
        value = this.#value(arg, frame);
        if (isTrue(value) === stopsAt) break;
      }
      return value;
    }
    const values = args.map((arg) => this.#value(arg, frame));
    this.#mark(at, name);
    const { environment } = this.#rendering;
    // To read is cheaper than to make.
    environment.budget.spend(values.reduce<number>((size, value) => size + sizeOf(value), 0) / 16);
    const result = called.call(values, environment);
    environment.budget.spend(sizeOf(result));
    return result;
  }

  #mark(at: number, doing: string): void {
    this.#at = at;
    this.#doing = doing;
  }
}
