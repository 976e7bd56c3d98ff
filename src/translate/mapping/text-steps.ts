import { RE2JS } from 're2js';
import type { Problem } from '../../model/errors.js';
import type { MapSpec, RegexSpec, ValueSpec } from '../../model/module.js';
import { createDateReader, dateFormats } from './dates.js';
import { parseSampleValue } from './path/go-number.js';
import { type UnitReader, unitReaders } from './units.js';

/** Changes the text of a value; undefined where there is nothing left of it. */
export type TextStep = (text: string) => string | undefined;

/** What a value's text goes through: the regex, then the map. None of them is an empty list. */
export function compileTextSteps(spec: ValueSpec, problems: Problem[]): readonly TextStep[] {
  const regex = spec.regex === undefined ? undefined : compileRegex(spec.regex, spec.where, problems);
  const map = spec.map === undefined ? undefined : compileMap(spec.map);
  return [regex, map].filter((step) => step !== undefined);
}

/** How the text of a value is read as a number: by its unit, as a date, or as json_exporter reads numbers. */
export function compileNumberReader(spec: ValueSpec, problems: Problem[]): UnitReader {
  const scale = spec.scale ?? 1;
  const read = findReader(spec, problems);
  return scale === 1 ? read : (text) => scaleBy(read(text), scale);
}

function findReader(spec: ValueSpec, problems: Problem[]): UnitReader {
  if (spec.unit !== undefined && spec.date !== undefined) {
    problems.push({ where: spec.where, message: 'has both unit and date', hint: 'say one' });
  }
  if (spec.unit !== undefined) return unitReaders[spec.unit];
  if (spec.date === undefined) return parseSampleValue;
  const reader = createDateReader(spec.date);
  if (reader === undefined) problems.push({ where: spec.where, message: `date must be ${dateFormats}` });
  return reader ?? parseSampleValue;
}

function scaleBy(value: number | undefined, scale: number): number | undefined {
  return value === undefined ? undefined : value * scale;
}

/** RE2's syntax and its linear time: a pattern cannot hang a scrape. Text that does not match is nothing. */
function compileRegex(spec: RegexSpec, where: string, problems: Problem[]): TextStep {
  const pattern = compilePattern(spec.pattern, where, problems);
  return (text) => {
    const matcher = pattern?.matcher(text);
    if (matcher === undefined || !matcher.find()) return undefined;
    return spec.replacement.replace(/\$(\d|\$)/g, (_, digit: string) => {
      if (digit === '$') return '$';
      return Number(digit) > matcher.groupCount() ? '' : (matcher.group(Number(digit)) ?? '');
    });
  };
}

/** A compiled pattern; undefined, with the problem noted, where it is none. */
export function compilePattern(pattern: string, where: string, problems: Problem[]): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const hint = 'the syntax is that of RE2: no look-around, no references back';
    problems.push({ where, message: `is not a regular expression: ${reason}`, hint });
    return undefined;
  }
}

function compileMap({ entries, otherwise }: MapSpec): TextStep {
  return (text) => entries.get(text) ?? otherwise;
}
