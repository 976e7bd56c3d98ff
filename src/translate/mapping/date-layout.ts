import { instantOfWallClock, type Zone } from '../../golang/time-zone.js';

/** Reads text by a layout; Unix seconds, or undefined where the text does not fit or is not a date of the calendar. */
export type LayoutReader = (text: string) => number | undefined;

/** What a directive may find. Months count from 1, days of the week from Sunday, which is 0. */
type Field =
  | 'year'
  | 'isoYear'
  | 'month'
  | 'quarter'
  | 'day'
  | 'dayOfYear'
  | 'weekday'
  | 'sundayWeek'
  | 'mondayWeek'
  | 'isoWeek'
  | 'hour'
  | 'hour12'
  | 'half'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'offsetSeconds'
  | 'unixSeconds';

type Fields = Partial<Record<Field, number>>;

/** Reads one part of a text at a position. Gives where it ends, or undefined where it does not fit. */
type Part = (text: string, at: number, fields: Fields) => number | undefined;

interface NumberField {
  readonly digits: number;
  readonly min: number;
  readonly max: number;
  readonly field: Field;
  readonly convert: (value: number) => number;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const THREE_LETTERS = 3;
const DAY_SECONDS = 86_400;

/** Layouts that stand for several directives. */
const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ['c', '%m/%d/%Y, %I:%M:%S %p'],
  ['x', '%m/%d/%Y'],
  ['X', '%I:%M:%S %p'],
]);

const NUMBERS: ReadonlyMap<string, NumberField> = new Map([
  ['d', number(2, [1, 31], 'day')],
  ['e', number(2, [1, 31], 'day')],
  ['g', number(2, [0, 99], 'isoYear', toCentury)],
  ['G', number(4, [0, 9999], 'isoYear')],
  ['H', number(2, [0, 23], 'hour')],
  ['I', number(2, [1, 12], 'hour12')],
  ['j', number(3, [1, 366], 'dayOfYear')],
  ['m', number(2, [1, 12], 'month')],
  ['M', number(2, [0, 59], 'minute')],
  ['q', number(1, [1, 4], 'quarter')],
  ['S', number(2, [0, 59], 'second')],
  ['u', number(1, [1, 7], 'weekday', (value) => value % 7)],
  ['U', number(2, [0, 53], 'sundayWeek')],
  ['V', number(2, [1, 53], 'isoWeek')],
  ['w', number(1, [0, 6], 'weekday')],
  ['W', number(2, [0, 53], 'mondayWeek')],
  ['y', number(2, [0, 99], 'year', toCentury)],
  ['Y', number(4, [0, 9999], 'year')],
]);

const OTHERS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['a', name(DAYS.map(abbreviate), 'weekday')],
  ['A', name(DAYS, 'weekday')],
  ['b', name(MONTHS.map(abbreviate), 'month', (index) => index + 1)],
  ['B', name(MONTHS, 'month', (index) => index + 1)],
  ['p', name(['AM', 'PM'], 'half', (index) => index * 12)],
  ['s', readUnix(1)],
  ['Q', readUnix(1000)],
  ['Z', readOffset],
  ['%', literal('%')],
]);

/** Digits of a fraction that another number follows directly; any number of them otherwise. */
const FRACTIONS: ReadonlyMap<string, number> = new Map([
  ['L', 3],
  ['f', 6],
]);

/** A fraction with the point before it, another directive, or text as it is. */
const TOKEN = /([.,]?)%[-_0]?([Lf])|%[-_0]?(.)|[^%.,]+|[.,]|%/gs;

/**
 * The reader for a layout of strptime's directives, in `zone` where `%Z` does not read an offset. Undefined where a
 * directive is not known, or there is none.
 *
 * `%L` and `%f` are the fraction of a second, with as many digits as there are: serialisers leave zeros out, and the
 * point with them. Each part reads as much as it can and nothing is tried twice, so that the time is linear in the text.
 */
export function compileLayout(layout: string, zone: Zone): LayoutReader | undefined {
  const parts = compileParts(layout);
  if (parts === undefined) return undefined;
  return (text) => {
    const fields: Fields = {};
    let at: number | undefined = 0;
    for (const part of parts) {
      at = part(text, at, fields);
      if (at === undefined) return undefined;
    }
    return at === text.length ? resolve(fields, zone) : undefined;
  };
}

function compileParts(layout: string): readonly Part[] | undefined {
  const expanded = layout.replace(/%[-_0]?([cxX])/g, (_, letter: string) => SHORTHANDS.get(letter) ?? '');
  const tokens = [...expanded.matchAll(TOKEN)];
  const parts = tokens.map((token, i) => compilePart(token, tokens[i + 1]?.[3] ?? ''));
  const isLayout = tokens.some(([, , fraction, letter]) => (fraction ?? letter) !== undefined);
  return isLayout && parts.every((part) => part !== undefined) ? parts : undefined;
}

function compilePart([whole, point = '', fraction, letter]: RegExpExecArray, next: string): Part | undefined {
  if (fraction !== undefined) {
    const digits = NUMBERS.has(next) ? (FRACTIONS.get(fraction) ?? 0) : Number.POSITIVE_INFINITY;
    return readFraction(point, digits);
  }
  if (letter === undefined) return whole === '%' ? undefined : literal(whole);
  const field = NUMBERS.get(letter);
  if (field !== undefined) return readNumber(field);
  return OTHERS.get(letter);
}

function number(
  digits: number,
  [min, max]: readonly [number, number],
  ...[field, convert = itself]: [field: Field, convert?: NumberField['convert']]
): NumberField {
  return { digits, min, max, field, convert };
}

function itself(value: number): number {
  return value;
}

function abbreviate(word: string): string {
  return word.slice(0, THREE_LETTERS);
}

/** POSIX: 69 to 99 are in the last century. */
function toCentury(value: number): number {
  return value + (value > 68 ? 1900 : 2000);
}

function literal(expected: string): Part {
  return (text, at) => (text.startsWith(expected, at) ? at + expected.length : undefined);
}

function readNumber({ digits, min, max, field, convert }: NumberField): Part {
  return (text, at, fields) => {
    const start = skipBlanks(text, at);
    const end = skipDigits(text, start, digits);
    const value = Number(text.slice(start, end));
    if (end === start || value < min || value > max) return undefined;
    fields[field] = convert(value);
    return end;
  };
}

/** Where a point stands before it, both may be absent. */
function readFraction(point: string, digits: number): Part {
  return (text, at, fields) => {
    if (point !== '' && text[at] !== point) return at;
    const start = at + point.length;
    const end = skipDigits(text, start, digits);
    if (end === start) return undefined;
    fields.fraction = Number(`0.${text.slice(start, end)}`);
    return end;
  };
}

function readUnix(unitsPerSecond: number): Part {
  return (text, at, fields) => {
    const start = text[at] === '-' ? at + 1 : at;
    const end = skipDigits(text, start, Number.POSITIVE_INFINITY);
    if (end === start) return undefined;
    fields.unixSeconds = Number(text.slice(at, end)) / unitsPerSecond;
    return end;
  };
}

/** `Z`, `+01:00`, `+0100` or `+01`. */
function readOffset(text: string, at: number, fields: Fields): number | undefined {
  const [whole, sign, hours = '0', minutes = '0'] =
    /^(?:Z|([-+])(\d\d)(?::?([0-5]\d))?)/.exec(text.slice(at, at + 6)) ?? [];
  if (whole === undefined) return undefined;
  const seconds = Number(hours) * 3600 + Number(minutes) * 60;
  fields.offsetSeconds = sign === '-' ? -seconds : seconds;
  return seconds < DAY_SECONDS ? at + whole.length : undefined;
}

/** A name in any letter case; of two that fit the longer one. */
function name(names: readonly string[], field: Field, convert = itself): Part {
  const lower = names.map((each) => each.toLowerCase());
  return (text, at, fields) => {
    const index = lower.findIndex((each) => text.slice(at, at + each.length).toLowerCase() === each);
    const found = lower[index];
    if (found === undefined) return undefined;
    fields[field] = convert(index);
    return at + found.length;
  };
}

function skipBlanks(text: string, at: number): number {
  let end = at;
  while (text[end] === ' ') end++;
  return end;
}

function skipDigits(text: string, at: number, most: number): number {
  let end = at;
  while (end - at < most && isDigit(text.charCodeAt(end))) end++;
  return end;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function resolve(fields: Fields, zone: Zone): number | undefined {
  const fraction = fields.fraction ?? 0;
  if (fields.unixSeconds !== undefined) return fields.unixSeconds + fraction;
  const day = resolveDay(fields);
  if (day === undefined) return undefined;
  const { hour12, half = 0 } = fields;
  const hour = fields.hour ?? (hour12 === undefined ? 0 : (hour12 % 12) + half);
  const wallSeconds = day * DAY_SECONDS + hour * 3600 + (fields.minute ?? 0) * 60 + (fields.second ?? 0);
  const { offsetSeconds } = fields;
  return (offsetSeconds === undefined ? instantOfWallClock(wallSeconds, zone) : wallSeconds - offsetSeconds) + fraction;
}

/** Days since 1970. Undefined for a day that the month or the year does not have. */
function resolveDay(fields: Fields): number | undefined {
  const { dayOfYear, sundayWeek, mondayWeek, isoWeek, weekday } = fields;
  const year = fields.year ?? fields.isoYear ?? 1900;
  if (isoWeek !== undefined) return dayOfIsoWeek(fields.isoYear ?? year, isoWeek, weekday ?? 1);
  if (dayOfYear !== undefined) return inYear(daysTo(year, 1, 1) + dayOfYear - 1, year);
  if (sundayWeek !== undefined && weekday !== undefined) return inYear(dayOfWeek(year, sundayWeek, weekday), year);
  if (mondayWeek !== undefined && weekday !== undefined) {
    return inYear(dayOfWeek(year, mondayWeek, (weekday + 6) % 7, 1), year);
  }
  const month = fields.month ?? (fields.quarter === undefined ? 1 : fields.quarter * 3 - 2);
  const date = fields.day ?? 1;
  const days = daysTo(year, month, date);
  return new Date(days * DAY_SECONDS * 1000).getUTCDate() === date ? days : undefined;
}

/** The day so many days into week 1, which begins with the first `firstWeekday` of the year, plus further weeks. */
function dayOfWeek(year: number, week: number, daysIn: number, firstWeekday = 0): number {
  const first = daysTo(year, 1, 1);
  const untilWeek1 = (7 + firstWeekday - weekdayOf(first)) % 7;
  return first + untilWeek1 + (week - 1) * 7 + daysIn;
}

/** ISO 8601: week 1 is the one with 4 January. */
function dayOfIsoWeek(year: number, week: number, weekday: number): number | undefined {
  const fourth = daysTo(year, 1, 4);
  const monday = fourth - ((weekdayOf(fourth) + 6) % 7);
  const nextFourth = daysTo(year + 1, 1, 4);
  const nextMonday = nextFourth - ((weekdayOf(nextFourth) + 6) % 7);
  const day = monday + (week - 1) * 7 + ((weekday + 6) % 7);
  return day < nextMonday ? day : undefined;
}

function inYear(days: number, year: number): number | undefined {
  return new Date(days * DAY_SECONDS * 1000).getUTCFullYear() === year ? days : undefined;
}

function daysTo(year: number, month: number, day: number): number {
  // Date.UTC takes years below 100 for those of the last century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / 1000 / DAY_SECONDS);
}

/** 0 is Sunday, as 1 January 1970 was a Thursday. */
function weekdayOf(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}
