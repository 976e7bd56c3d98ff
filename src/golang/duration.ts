/** Go's time.Duration: nanoseconds in 64 bits. */

const UNIT_NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** No duration that means anything is longer. */
const MAX_LENGTH = 200;

/**
 * Nanoseconds of a text as time.ParseDuration reads it: `-1h30m`, `1.5s`, `500us`, `0`. Undefined for any other text. What
 * Go refuses because it is beyond 64 bits is given as it is: see `isGoDuration`.
 */
export function parseGoDuration(text: string): bigint | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, parts = ''] = match;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of parts.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = UNIT_NANOSECONDS.get(unit) ?? 0n;
    total += BigInt(whole) * scale + (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return sign === '-' ? -total : total;
}

/** Whether so many nanoseconds are a duration of Go's, which has 64 bits. */
export function isGoDuration(nanoseconds: bigint): boolean {
  return nanoseconds >= -(2n ** 63n) && nanoseconds < 2n ** 63n;
}

/** Milliseconds, with a fraction, of a text that is a duration of zero or more. Undefined for any other text. */
export function parseGoMilliseconds(text: string): number | undefined {
  const nanoseconds = parseGoDuration(text);
  return nanoseconds === undefined || nanoseconds < 0n ? undefined : Number(nanoseconds) / 1e6;
}

/** Whole seconds as time.Duration prints them: `1h0m5s`, `1m35s`, `0s`. */
export function formatGoSeconds(seconds: bigint): string {
  const distance = seconds < 0n ? -seconds : seconds;
  const [hours, minutes, rest] = [distance / 3600n, (distance / 60n) % 60n, distance % 60n];
  const sign = seconds < 0n ? '-' : '';
  if (hours > 0n) return `${sign}${hours}h${minutes}m${rest}s`;
  return minutes > 0n ? `${sign}${minutes}m${rest}s` : `${sign}${rest}s`;
}
