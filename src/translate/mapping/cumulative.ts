import { PathFailure } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { Exemplar } from '../../model/metrics.js';
import type { ExemplarSpec, StartSpec } from '../../model/module.js';
import { toLabelName } from '../names.js';
import type { Scope } from './scope.js';
import { type Compiling, compileLabel, compileValue } from './value-reader.js';

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

function toMilliseconds(value: number): number | PathFailure {
  const milliseconds = Math.round(value);
  return Number.isSafeInteger(milliseconds) && milliseconds >= 0 ? milliseconds : noTime;
}

/** The exemplar of the element at hand. */
export type ExemplarReader = (scope: Scope) => Exemplar | PathFailure;

/** Compiles an exemplar. One without its value is none; labels and a time that are not there are left out. */
export function compileExemplar(spec: ExemplarSpec, compiling: Compiling): ExemplarReader {
  checkNames(spec, compiling.problems);
  const labels = spec.labels.map(({ name, value }) => ({ name, read: compileLabel(value, compiling) }));
  const value = compileValue(spec.value, compiling);
  const timestamp = spec.timestamp && compileValue(spec.timestamp, compiling);
  return (scope) => {
    const number = value.number(scope);
    if (number instanceof PathFailure) return number;
    const found = labels.map(({ name, read }) => ({ name, text: read.text(scope) }));
    const there = found.flatMap(({ name, text }) => (typeof text === 'string' && text !== '' ? [{ name, text }] : []));
    const seconds = timestamp?.number(scope);
    const time = typeof seconds === 'number' ? toMilliseconds(seconds * 1000) : undefined;
    return {
      labelNames: there.map(({ name }) => name),
      labelValues: there.map(({ text }) => text),
      value: number,
      ...(typeof time === 'number' ? { timestampMs: time } : {}),
    };
  };
}

function checkNames({ labels }: ExemplarSpec, problems: Problem[]): void {
  const taken = new Set<string | undefined>();
  for (const { name, value } of labels) {
    const textName = toLabelName(name);
    if (textName === undefined || taken.has(textName)) {
      const message = textName === undefined ? 'cannot be the name of a label' : `is the label ${textName} again`;
      problems.push({ where: value.where, message: `"${name}" ${message}` });
    }
    taken.add(textName);
  }
}
