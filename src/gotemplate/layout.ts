import type { Instant } from './instant.js';

export const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
export const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** The reference moments of Go's layouts (package time, "Layout"); whatever else a layout has is literal text. */
export const layoutToken =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?!\d)/g;

/** How Go prints a time that nobody formatted. */
export const defaultLayout = '2006-01-02 15:04:05.999999999 -0700 MST';

/** A time in a Go layout, such as `2006-01-02T15:04:05Z07:00`. */
export function formatLayout(instant: Instant, layout: string): string {
  const wall = instant.wallClock;
  return layout.replace(layoutToken, (part) => formatPart(part, instant, wall));
}

function formatPart(part: string, instant: Instant, wall: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const [month, day, hours] = [wall.getUTCMonth(), wall.getUTCDate(), wall.getUTCHours()];
  switch (part) {
    case '2006':
      return String(wall.getUTCFullYear()).padStart(4, '0');
    case '06':
      return two(Math.abs(wall.getUTCFullYear()) % 100);
    case 'January':
      return months[month] ?? '';
    case 'Jan':
      return (months[month] ?? '').slice(0, 3);
    case '01':
      return two(month + 1);
    case '1':
      return String(month + 1);
    case 'Monday':
      return weekdays[wall.getUTCDay()] ?? '';
    case 'Mon':
      return (weekdays[wall.getUTCDay()] ?? '').slice(0, 3);
    case '02':
      return two(day);
    case '_2':
      return String(day).padStart(2);
    case '2':
      return String(day);
    case '002':
      return String(dayOfYear(wall)).padStart(3, '0');
    case '__2':
      return String(dayOfYear(wall)).padStart(3);
    case '15':
      return two(hours);
    case '03':
      return two(hours % 12 || 12);
    case '3':
      return String(hours % 12 || 12);
    case '04':
      return two(wall.getUTCMinutes());
    case '4':
      return String(wall.getUTCMinutes());
    case '05':
      return two(wall.getUTCSeconds());
    case '5':
      return String(wall.getUTCSeconds());
    case 'PM':
      return hours < 12 ? 'AM' : 'PM';
    case 'pm':
      return hours < 12 ? 'am' : 'pm';
    case 'MST':
      return instant.zone.abbreviationAt(Number(instant.seconds));
  }
  return /^[.,]/.test(part) ? formatFraction(part, instant.nanosecond) : formatOffset(part, instant.offsetSeconds);
}

function formatFraction(part: string, nanosecond: number): string {
  const digits = String(nanosecond)
    .padStart(9, '0')
    .slice(0, part.length - 1)
    .padEnd(part.length - 1, '0');
  if (part[1] === '0') return part.slice(0, 1) + digits;
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '' : part.slice(0, 1) + kept;
}

function formatOffset(part: string, offsetSeconds: number): string {
  if (part.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const distance = Math.abs(offsetSeconds);
  const fields = [distance / 3600, (distance / 60) % 60, distance % 60].map((field) => {
    return String(Math.trunc(field)).padStart(2, '0');
  });
  const count = (part.replaceAll(':', '').length - 1) / 2;
  return (offsetSeconds < 0 ? '-' : '+') + fields.slice(0, count).join(part.includes(':') ? ':' : '');
}

/** The day within the year, from 1. */
export function dayOfYear(wall: Date): number {
  return Math.round(
    (midnight(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()) - midnight(wall.getUTCFullYear(), 0, 0)) /
      86_400_000,
  );
}

/** Like Date.UTC, but years below 100 are meant as they are; months and days outside their range carry over. */
export function midnight(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}
