import { RE2JS } from 're2js';
import { parseSampleValue } from '../../golang/number.js';
import { namedZone, utc, type Zone } from '../../golang/time-zone.js';
import type { Problem } from '../../model/errors.js';
import type { MapSpec, RegexSpec, ValueSpec } from '../../model/module.js';
import type { Work } from '../../model/work.js';
import { createDateReader, dateFormats } from './dates.js';
import { baseReaders, type UnitReader, unitReaders } from './units.js';

/** Changes the text of a value; undefined where there is nothing left of it. May cost work. */
export type TextStep = (text: string, work: Work) => string | undefined;

/** What a value's text goes through, the regex before the map. */
export interface TextSteps {
  readonly regex: TextStep | undefined;
  readonly map: TextStep | undefined;
}

/** Compiles the steps of a value's text; what is wrong with them goes to the problems. */
export function compileTextSteps(spec: ValueSpec, problems: Problem[]): TextSteps {
  return {
    regex: spec.regex === undefined ? undefined : compileRegex(spec.regex, spec.where, problems),
    map: spec.map === undefined ? undefined : compileMap(spec.map),
  };
}

/** How the text of a value is read as a number: by its unit, as a date, or as json_exporter reads numbers. */
export function compileNumberReader(spec: ValueSpec, problems: Problem[]): UnitReader {
  const read = findReader(spec, problems);
  if ((spec.scale ?? 1) === 1) return read;
  const multiply = compileScale(spec);
  return (text) => {
    const value = read(text);
    return value === undefined ? undefined : multiply(value);
  };
}

function findReader(spec: ValueSpec, problems: Problem[]): UnitReader {
  if (spec.unit !== undefined && spec.date !== undefined) {
    problems.push({ where: spec.where, message: 'has both unit and date', hint: 'say one' });
  }
  if (spec.base !== undefined) return findBaseReader(spec, spec.base, problems);
  if (spec.unit !== undefined) return unitReaders[spec.unit];
  if (spec.date === undefined) return parseSampleValue;
  const zone = findZone(spec, problems);
  const reader = createDateReader(spec.date, zone);
  if (reader === undefined) problems.push({ where: spec.where, message: `date must be ${dateFormats}` });
  return reader ?? parseSampleValue;
}

function findBaseReader({ unit, date, where }: ValueSpec, base: 2 | 8 | 16, problems: Problem[]): UnitReader {
  if (unit !== undefined || date !== undefined) {
    problems.push({
      where,
      message: `base and ${unit === undefined ? 'date' : 'unit'} are both set`,
      hint: 'keep one',
    });
  }
  return baseReaders[base];
}

function findZone({ timezone, where }: ValueSpec, problems: Problem[]): Zone {
  const zone = timezone === undefined ? utc : namedZone(timezone);
  if (zone === undefined) {
    const hint = 'a name of the IANA database, such as Europe/Berlin';
    problems.push({ where, message: `unknown time zone "${timezone}"`, hint });
  }
  return zone ?? utc;
}

/** Multiplies by the scale of a value. */
export function compileScale({ scale = 1 }: ValueSpec): (value: number) => number {
  return scale === 1 ? (value) => value : createScaling(scale);
}

/** A scale of 0.001 divides by 1000, which rounds once: 1.1 becomes 0.0011, and not 0.0011000000000000001. */
function createScaling(scale: number): (value: number) => number {
  const divisor = Math.round(1 / scale);
  return Math.abs(scale) < 1 && 1 / divisor === scale ? (value) => value / divisor : (value) => value * scale;
}

const REFERENCE = /\$(?:(\d)|\{(\d)\}|(\$))/g;

/**
 * RE2's syntax and its linear time: a pattern cannot hang a scrape. It may match anywhere; text in which it does not is
 * nothing. What comes out is the replacement alone, with `$1` or `${1}` for a group, `$0` for the match, `$$` for a `$`.
 */
function compileRegex(spec: RegexSpec, where: string, problems: Problem[]): TextStep {
  const pattern = compilePattern(spec.pattern, where, problems);
  if (pattern === undefined) return () => undefined;
  const groups = pattern.groupCount();
  const replacement = spec.replacement ?? (groups > 0 ? '$1' : '$0');
  for (const [reference, bare, braced] of replacement.matchAll(REFERENCE)) {
    if (Number(bare ?? braced ?? 0) <= groups) continue;
    const hint = groups === 0 ? 'put parentheses around what is wanted' : `the pattern has ${groups}`;
    problems.push({ where, message: `the replacement names the group ${reference}, which is not there`, hint });
  }
  const size = pattern.programSize();
  return (text, work) => {
    work.spend(text.length * size);
    const matcher = pattern.matcher(text);
    if (!matcher.find()) return undefined;
    return replacement.replace(REFERENCE, (_, bare?: string, braced?: string, dollar?: string) =>
      dollar === undefined ? (matcher.group(Number(bare ?? braced)) ?? '') : dollar,
    );
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
