/** What is known of a value before there is a document. Everything in a document is `dyn`. */
export type Type =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly element: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  /** In the signature of a function: any type, the same wherever the name is. */
  | { readonly kind: 'parameter'; readonly name: string };

type ScalarKind =
  | 'dyn'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'type';

const scalar = <K extends ScalarKind>(kind: K) => ({ kind }) as const;

export const dyn: Type = scalar('dyn');
export const nullType: Type = scalar('null');
export const bool: Type = scalar('bool');
export const int: Type = scalar('int');
export const uint: Type = scalar('uint');
export const double: Type = scalar('double');
export const string: Type = scalar('string');
export const bytes: Type = scalar('bytes');
export const timestamp: Type = scalar('timestamp');
export const duration: Type = scalar('duration');
export const typeType: Type = scalar('type');

export function listOf(element: Type): Type {
  return { kind: 'list', element };
}

export function mapOf(key: Type, value: Type): Type {
  return { kind: 'map', key, value };
}

export function parameter(name: string): Type {
  return { kind: 'parameter', name };
}

/** A type as a person would write it. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `list(${describeType(type.element)})`;
    case 'map':
      return `map(${describeType(type.key)}, ${describeType(type.value)})`;
    case 'parameter':
      return type.name;
    default:
      return type.kind;
  }
}

/** Whether two types may be one at run time. `null` may be a timestamp or a duration, as in cel-go. */
export function isCompatible(left: Type, right: Type): boolean {
  if (left.kind === 'dyn' || right.kind === 'dyn') return true;
  if (left.kind === 'list' && right.kind === 'list') return isCompatible(left.element, right.element);
  if (left.kind === 'map' && right.kind === 'map') {
    return isCompatible(left.key, right.key) && isCompatible(left.value, right.value);
  }
  if (left.kind === 'null') return right.kind === 'null' || isTime(right);
  if (right.kind === 'null') return isTime(left);
  return left.kind === right.kind;
}

/** The type that holds values of both: itself where they are equal, else `dyn`. */
export function joinTypes(left: Type, right: Type): Type {
  return isEqualType(left, right) ? left : dyn;
}

function isEqualType(left: Type, right: Type): boolean {
  if (left.kind === 'list' && right.kind === 'list') return isEqualType(left.element, right.element);
  if (left.kind === 'map' && right.kind === 'map') {
    return isEqualType(left.key, right.key) && isEqualType(left.value, right.value);
  }
  return left.kind === right.kind;
}

/** The more general of two compatible types. */
function generalize(left: Type, right: Type): Type {
  if (left.kind === 'dyn' || right.kind === 'dyn') return dyn;
  if (left.kind === 'list' && right.kind === 'list') return listOf(generalize(left.element, right.element));
  if (left.kind === 'map' && right.kind === 'map') {
    return mapOf(generalize(left.key, right.key), generalize(left.value, right.value));
  }
  return left.kind === 'null' ? right : left;
}

/** The types of a signature's parameters, as far as its arguments have shown them. */
export type Bindings = Map<string, Type>;

/** Whether an argument fits what a signature expects; binds its parameters. */
export function matchType(expected: Type, actual: Type, bindings: Bindings): boolean {
  switch (expected.kind) {
    case 'parameter': {
      const bound = bindings.get(expected.name);
      if (bound !== undefined && !isCompatible(bound, actual)) return false;
      bindings.set(expected.name, bound === undefined ? actual : generalize(bound, actual));
      return true;
    }
    case 'list':
      if (actual.kind === 'list') return matchType(expected.element, actual.element, bindings);
      return actual.kind === 'dyn' && matchType(expected.element, dyn, bindings);
    case 'map':
      if (actual.kind !== 'map') {
        return (
          actual.kind === 'dyn' && matchType(expected.key, dyn, bindings) && matchType(expected.value, dyn, bindings)
        );
      }
      return matchType(expected.key, actual.key, bindings) && matchType(expected.value, actual.value, bindings);
    default:
      return isCompatible(expected, actual);
  }
}

/** A type of a signature with its parameters replaced. */
export function bindType(type: Type, bindings: Bindings): Type {
  switch (type.kind) {
    case 'parameter':
      return bindings.get(type.name) ?? dyn;
    case 'list':
      return listOf(bindType(type.element, bindings));
    case 'map':
      return mapOf(bindType(type.key, bindings), bindType(type.value, bindings));
    default:
      return type;
  }
}

function isTime({ kind }: Type): boolean {
  return kind === 'timestamp' || kind === 'duration';
}
