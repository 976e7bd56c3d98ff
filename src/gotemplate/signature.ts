import type { Zone } from '../golang/time-zone.js';
import type { Budget } from './budget.js';
import { Failure } from './errors.js';
import { Instant } from './instant.js';
import { Dict, isList, kindName, type List, type Value } from './values.js';

/** What functions may use beside their arguments. */
export interface Environment {
  readonly now: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly local: Zone;
  readonly budget: Budget;
}

/** A kind of argument: its name in messages and docs, and which values it takes. */
export interface Parameter<T extends Value = Value> {
  readonly name: string;
  readonly accepts: (value: Value) => value is T;
}

export const anything: Parameter = { name: 'any', accepts: (value): value is Value => value !== undefined };
export const text: Parameter<string> = { name: 'text', accepts: (value) => typeof value === 'string' };
export const integer: Parameter<bigint> = { name: 'integer', accepts: (value) => typeof value === 'bigint' };
export const bool: Parameter<boolean> = { name: 'bool', accepts: (value) => typeof value === 'boolean' };
export const list: Parameter<List> = { name: 'list', accepts: (value) => isList(value) };
export const dict: Parameter<Dict> = { name: 'dict', accepts: (value) => value instanceof Dict };
export const time: Parameter<Instant> = { name: 'time', accepts: (value) => value instanceof Instant };

/** A function of templates. `call` checks its arguments and throws a Failure for those that it cannot take. */
export interface TemplateFunction {
  /** One line, for the docs. */
  readonly meaning: string;
  readonly takes: readonly Parameter[];
  /** The kind of any number of further arguments. */
  readonly rest: Parameter | undefined;
  /** The kind of the result, where templates may call methods of it. */
  readonly gives: Parameter | undefined;
  /** For `and` and `or`: arguments are evaluated up to the first one of this truth, which is the result. */
  readonly stopsAt: boolean | undefined;
  /**
   * What is wrong with the arguments as far as they are known when the template is compiled: literals, an empty list for
   * any query parameter, undefined for all else.
   */
  readonly check: ((known: readonly (Value | undefined)[]) => Failure | undefined) | undefined;
  readonly call: (args: readonly Value[], environment: Environment) => Value;
}

export type FunctionGroup = Readonly<Record<string, TemplateFunction>>;

interface Definition<T extends readonly Value[], R extends Value>
  extends Partial<Pick<TemplateFunction, 'gives' | 'stopsAt' | 'check'>> {
  readonly meaning: string;
  readonly takes: readonly [...{ [I in keyof T]: Parameter<T[I]> }];
  readonly rest?: Parameter<R>;
  readonly call: (args: readonly [...T, ...R[]], environment: Environment) => Value;
}

/** A function from its declaration; `call` gets its arguments checked and typed as `takes` and `rest` say. */
export function define<T extends readonly Value[], R extends Value = never>(
  definition: Definition<T, R>,
): TemplateFunction {
  const { meaning, rest, gives, stopsAt, check } = definition;
  const takes: readonly Parameter[] = definition.takes;
  const fits = (args: readonly Value[]): args is readonly [...T, ...R[]] => {
    if (args.length < takes.length) return false;
    return args.every((arg, index) => (takes[index] ?? rest)?.accepts(arg) ?? false);
  };
  const call = (args: readonly Value[], environment: Environment): Value => {
    if (fits(args)) return definition.call(args, environment);
    throw mismatch(args, { takes, rest });
  };
  return { meaning, takes, rest, gives, stopsAt, check, call };
}

/** What is wrong with the number of arguments, or undefined. */
export function checkArity(
  count: number,
  { takes, rest }: Pick<TemplateFunction, 'takes' | 'rest'>,
): Failure | undefined {
  if (count === takes.length || (rest !== undefined && count > takes.length)) return undefined;
  const expected = `${rest === undefined ? '' : 'at least '}${takes.length} argument${takes.length === 1 ? '' : 's'}`;
  return new Failure(`takes ${expected}, not ${count}`, 'what a pipe passes on counts as the last argument');
}

function mismatch(args: readonly Value[], signature: Pick<TemplateFunction, 'takes' | 'rest'>): Failure {
  const problem = checkArity(args.length, signature);
  if (problem !== undefined) return problem;
  const index = args.findIndex((arg, at) => !(signature.takes[at] ?? signature.rest)?.accepts(arg));
  const [arg = null, expected = anything] = [args[index], signature.takes[index] ?? signature.rest];
  const hint =
    arg === null ? 'an absent parameter has no first value: write {{ .name | first | default "value" }}' : undefined;
  return new Failure(`argument ${index + 1} must be of type ${expected.name}, not ${kindName(arg)}`, hint);
}
