import { PathFailure } from '../../jsonpath/path.js';
import type { Problem } from '../../model/errors.js';
import type { Exemplar } from '../../model/metrics.js';
import type { ExemplarSpec } from '../../model/module.js';
import { toLabelName } from '../names.js';
import type { Scope } from './scope.js';
import { toMilliseconds } from './start-time.js';
import { type Compiling, compileLabel, compileValue } from './value-reader.js';

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
