import { PathFailure } from '../../jsonpath/path.js';
import type { StartSpec } from '../../model/module.js';
import type { Scope } from './scope.js';
import { type Compiling, compileValue } from './value-reader.js';

/** Milliseconds since 1970 at which the element at hand began to count; undefined where nobody knows. */
export type StartReader = (scope: Scope) => number | PathFailure | undefined;

const noTime = new PathFailure('error', 'no time that Prometheus can take');

/** Compiles when a metric began to count. An uptime is taken from when the response came, in whole seconds. */
export function compileStart(spec: StartSpec, compiling: Compiling): StartReader {
  const { number } = compileValue(spec.value, compiling);
  if (spec.kind === 'created') {
    return (scope) => {
      const seconds = number(scope);
      return seconds instanceof PathFailure ? seconds : toMilliseconds(seconds * 1000);
    };
  }
  return (scope) => {
    const receivedMs = scope.run?.response?.receivedMs;
    if (receivedMs === undefined) return undefined;
    const seconds = number(scope);
    if (seconds instanceof PathFailure) return seconds;
    // Rounded down, for a start is never behind its samples.
    return toMilliseconds(Math.floor(receivedMs / 1000 - seconds) * 1000);
  };
}

/** Milliseconds since 1970, whole; a failure for what is no such time. */
export function toMilliseconds(value: number): number | PathFailure {
  const milliseconds = Math.round(value);
  return Number.isSafeInteger(milliseconds) && milliseconds >= 0 ? milliseconds : noTime;
}
