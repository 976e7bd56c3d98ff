import { fixedZone, utc, type Zone } from '../golang/time-zone.js';
import { Failure } from './errors.js';
import { type Instant, instantFromWallClock } from './instant.js';
import { layoutToken, midnight, months, weekdays } from './layout.js';

/** Bounds the ways in which digits can be dealt out to parts that take one or two. */
const maxParts = 16;

const anyCase = (name: string) => name.replace(/[a-z]/gi, (c) => `[${c.toUpperCase()}${c.toLowerCase()}]`);
const name = (names: readonly string[], length?: number) => {
  return `(${names.map((each) => anyCase(each.slice(0, length))).join('|')})`;
};
/** What each part of a layout reads. */
const fields: Record<string, string> = {
  '2006': '(\\d{4})',
  '06': '(\\d\\d)',
  January: name(months),
  Jan: name(months, 3),
  '01': '(\\d\\d)',
  '1': '(\\d\\d?)',
  Monday: name(weekdays),
  Mon: name(weekdays, 3),
  '02': '(\\d\\d)',
  '2': '(\\d\\d?)',
  _2: '( ?\\d\\d?)',
  '002': '(\\d{3})',
  __2: '( {0,2}\\d{1,3})',
  '15': '(\\d\\d?)',
  '03': '(\\d\\d)',
  '3': '(\\d\\d?)',
  '04': '(\\d\\d)',
  '4': '(\\d\\d?)',
  '05': '(\\d\\d(?:[.,]\\d+)?)',
  '5': '(\\d\\d?(?:[.,]\\d+)?)',
  PM: '(AM|PM)',
  pm: '(am|pm)',
  MST: '(UTC|GMT)',
};

function fieldPattern(part: string): string {
  const known = fields[part];
  if (known !== undefined) return known;
  if (/^[.,]0/.test(part)) return `([.,]\\d{${part.length - 1}})`;
  if (/^[.,]9/.test(part)) return '((?:[.,]\\d+)?)';
  const digits = part.slice(1).replace(/\d\d/g, '\\d\\d');
  return part.startsWith('Z') ? `(Z|[+-]${digits})` : `([+-]${digits})`;
}

/**
 * The moment that `text` names in a Go layout, or undefined. What the layout leaves out is Go's: year 0, January 1st,
 * midnight; without an offset the time is one of `local`. Throws a Failure for a layout of more than 16 parts.
 */
export function parseLayout(request: { layout: string; text: string; local: Zone }): Instant | undefined {
  const { layout, text, local } = request;
  const parts = [...layout.matchAll(layoutToken)].map(([part]) => part);
  if (parts.length > maxParts) throw new Failure(`a layout has more than ${maxParts} parts`);
  const literals = layout
    .split(new RegExp(layoutToken))
    .map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  // A fraction may follow the seconds in the text alone; where the layout has one too, that one reads it.
  const patterns = parts.map((part, index) => {
    const fractionFollows = literals[index + 1] === '' && /^[.,]/.test(parts[index + 1] ?? '');
    return fractionFollows && part.endsWith('5') ? `(\\d\\d${part === '5' ? '?' : ''})` : fieldPattern(part);
  });
  const pattern = literals.map((literal, index) => literal + (patterns[index] ?? '')).join('');
  const match = new RegExp(`^${pattern}$`).exec(text);
  if (match === null) return undefined;
  return assemble(new Map(parts.map((part, index) => [part, match[index + 1] ?? ''])), local);
}

function assemble(found: ReadonlyMap<string, string>, local: Zone): Instant | undefined {
  const read = (...parts: string[]): string | undefined =>
    parts.map((part) => found.get(part)).find((text) => text !== undefined);
  const readName = (names: readonly string[], text: string | undefined) =>
    text === undefined
      ? undefined
      : names.findIndex((each) => each.slice(0, 3).toLowerCase() === text.slice(0, 3).toLowerCase());
  const shortYear = Number(read('06') ?? 0);
  const year = Number(read('2006') ?? (found.has('06') ? shortYear + (shortYear >= 69 ? 1900 : 2000) : 0));
  const month = readName(months, read('January', 'Jan')) ?? Number(read('01', '1') ?? 1) - 1;
  const day = Number(read('02', '_2', '2') ?? 1);
  const half = read('PM', 'pm')?.toLowerCase();
  const hours = Number(read('15', '03', '3') ?? 0);
  const minutes = Number(read('04', '4') ?? 0);
  const [seconds = '0', ownFraction] = (read('05', '5') ?? '0').split(/[.,]/);
  const fractionPart = [...found.keys()].find((part) => /^[.,]/.test(part)) ?? '';
  const fraction = ownFraction ?? (found.get(fractionPart) ?? '').slice(1);
  const date = dayFrom(year, { month, day, dayOfYear: read('002', '__2') });
  const isTime = hours <= (half === undefined ? 23 : 12) && minutes <= 59 && Number(seconds) <= 59;
  if (date === undefined || !isTime) return undefined;
  const hour = half === undefined ? hours : (hours % 12) + (half === 'pm' ? 12 : 0);
  const wall = new Date(date + ((hour * 60 + minutes) * 60 + Number(seconds)) * 1000);
  const offsetPart = [...found.keys()].find((part) => /^[-Z]07/.test(part)) ?? '';
  const zone = zoneFrom({ offset: found.get(offsetPart), abbreviation: read('MST') }, wall, local);
  return instantFromWallClock(wall, zone, Number(fraction.slice(0, 9).padEnd(9, '0')));
}

function dayFrom(
  year: number,
  parts: { month: number; day: number; dayOfYear: string | undefined },
): number | undefined {
  if (parts.dayOfYear !== undefined) {
    const date = midnight(year, 0, Number(parts.dayOfYear));
    return new Date(date).getUTCFullYear() === year ? date : undefined;
  }
  const date = midnight(year, parts.month, parts.day);
  return new Date(date).getUTCMonth() === parts.month && parts.day > 0 ? date : undefined;
}

/** The zone that the text names; an offset that is the local one just then means local time. */
function zoneFrom(
  found: { offset: string | undefined; abbreviation: string | undefined },
  wall: Date,
  local: Zone,
): Zone {
  const { offset, abbreviation } = found;
  if (offset === undefined) return abbreviation === undefined ? local : utc;
  if (offset === 'Z') return utc;
  const [hours = '0', minutes = '0', seconds = '0'] = offset.match(/\d\d/g) ?? [];
  const distance = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const offsetSeconds = offset.startsWith('-') ? -distance : distance;
  const isLocal = local.offsetSecondsAt(wall.getTime() / 1000 - offsetSeconds) === offsetSeconds;
  return isLocal ? local : fixedZone(offsetSeconds);
}
