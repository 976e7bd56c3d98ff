import {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  parameter,
  string,
  type Type,
  timestamp,
  typeType,
  uint,
} from './types.js';

/** One way to call a function: the types of its arguments, the receiver first, and what it gives. */
export interface Signature {
  readonly args: readonly Type[];
  readonly result: Type;
}

const A = parameter('A');
const B = parameter('B');

const gives = (result: Type, ...overloads: readonly (readonly Type[])[]): readonly Signature[] =>
  overloads.map((args) => ({ args, result }));

const sameTwice = (...types: readonly Type[]): readonly Signature[] =>
  types.map((type) => ({ args: [type, type], result: type }));

const comparison = gives(
  bool,
  ...[bool, int, uint, double, string, bytes, timestamp, duration].map((type) => [type, type]),
);

const sizes = gives(int, [string], [bytes], [listOf(A)], [mapOf(A, B)]);
const ofDate = gives(int, [timestamp], [timestamp, string]);
const ofDateOrDuration = [...ofDate, ...gives(int, [duration])];

/** The standard library of CEL, without extensions. A name that begins with a dot is a member: `.size` is `x.size()`. */
export const signatures = {
  '+': [
    ...sameTwice(int, uint, double, string, bytes, listOf(A), duration),
    ...gives(timestamp, [timestamp, duration], [duration, timestamp]),
  ],
  '-': [
    ...sameTwice(int, uint, double, duration),
    ...gives(timestamp, [timestamp, duration]),
    ...gives(duration, [timestamp, timestamp]),
  ],
  '*': sameTwice(int, uint, double),
  '/': sameTwice(int, uint, double),
  '%': sameTwice(int, uint),
  '-_': [...gives(int, [int]), ...gives(double, [double])],
  '!_': gives(bool, [bool]),
  '==': gives(bool, [A, A]),
  '!=': gives(bool, [A, A]),
  '<': comparison,
  '<=': comparison,
  '>': comparison,
  '>=': comparison,
  in: gives(bool, [A, listOf(A)], [A, mapOf(A, B)]),
  size: sizes,
  '.size': sizes,
  '.contains': gives(bool, [string, string]),
  '.startsWith': gives(bool, [string, string]),
  '.endsWith': gives(bool, [string, string]),
  matches: gives(bool, [string, string]),
  '.matches': gives(bool, [string, string]),
  type: gives(typeType, [A]),
  dyn: gives(dyn, [A]),
  bool: gives(bool, [bool], [string]),
  bytes: gives(bytes, [bytes], [string]),
  double: gives(double, [double], [int], [string], [uint]),
  int: gives(int, [int], [double], [duration], [string], [timestamp], [uint]),
  uint: gives(uint, [uint], [double], [int], [string]),
  string: gives(string, [string], [bool], [bytes], [double], [duration], [int], [timestamp], [uint]),
  timestamp: gives(timestamp, [timestamp], [string], [int]),
  duration: gives(duration, [duration], [string]),
  '.getFullYear': ofDate,
  '.getMonth': ofDate,
  '.getDate': ofDate,
  '.getDayOfMonth': ofDate,
  '.getDayOfWeek': ofDate,
  '.getDayOfYear': ofDate,
  '.getHours': ofDateOrDuration,
  '.getMinutes': ofDateOrDuration,
  '.getSeconds': ofDateOrDuration,
  '.getMilliseconds': ofDateOrDuration,
} as const satisfies Readonly<Record<string, readonly Signature[]>>;

export type FunctionName = keyof typeof signatures;

/** Whether a call names a function of the standard library. */
export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(signatures, name);
}
