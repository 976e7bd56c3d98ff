const nanosecondsPer: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Nanoseconds of a Go duration such as `-1h30m`, `1.5s` or `0`; undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0n;
  if (!/^(?:(?:\d{1,20}(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)(?:\.(\d*))?([a-zµμ]+)/g)) {
    const scale = nanosecondsPer.get(unit) ?? 0n;
    const digits = fraction.slice(0, 18);
    total += BigInt(whole || '0') * scale + (BigInt(digits || '0') * scale) / 10n ** BigInt(digits.length);
  }
  if (total >= 2n ** 63n) return undefined;
  return sign === '-' ? -total : total;
}

/** Whole seconds as Go writes a duration: `1h0m5s`, `1m35s`, `0s`. */
export function formatSeconds(seconds: bigint): string {
  const distance = seconds < 0n ? -seconds : seconds;
  const [hours, minutes, rest] = [distance / 3600n, (distance / 60n) % 60n, distance % 60n];
  const sign = seconds < 0n ? '-' : '';
  if (hours > 0n) return `${sign}${hours}h${minutes}m${rest}s`;
  return minutes > 0n ? `${sign}${minutes}m${rest}s` : `${sign}${rest}s`;
}
