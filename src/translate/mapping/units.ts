/** Reads text with a unit as a number in the base unit of Prometheus' conventions; undefined where it is none. */
export type UnitReader = (text: string) => number | undefined;

/** No quantity is longer; a bound for the texts that a document sends. */
const MAX_LENGTH = 256;

const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['byte', 1],
  ['bytes', 1],
  ...['k', 'm', 'g', 't', 'p', 'e'].flatMap((letter, i): (readonly [string, number])[] => [
    [letter, 1000 ** (i + 1)],
    [`${letter}b`, 1000 ** (i + 1)],
    [`${letter}i`, 1024 ** (i + 1)],
    [`${letter}ib`, 1024 ** (i + 1)],
  ]),
]);

/** `150G`, `1.5 GiB`, `28 kB`: powers of 1000, of 1024 with an `i`, in any letter case. Gives bytes. */
function readBytes(text: string): number | undefined {
  const match = /^([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?) *([a-z]*)$/i.exec(text.trim());
  const factor = BYTE_UNITS.get(match?.[2]?.toLowerCase() ?? '');
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** What is less than a second is a power of ten, which a decimal takes as its exponent without rounding. */
const TIME_UNITS: ReadonlyMap<string, { readonly seconds: number; readonly exponent?: number }> = new Map(
  [
    { seconds: 604_800, words: ['w', 'week', 'weeks'] },
    { seconds: 86_400, words: ['d', 'day', 'days'] },
    { seconds: 3600, words: ['h', 'hr', 'hrs', 'hour', 'hours'] },
    { seconds: 60, words: ['m', 'min', 'mins', 'minute', 'minutes'] },
    { seconds: 1, words: ['s', 'sec', 'secs', 'second', 'seconds'] },
    { seconds: 1, exponent: -3, words: ['ms', 'millisecond', 'milliseconds'] },
    { seconds: 1, exponent: -6, words: ['us', 'µs', 'μs', 'microsecond', 'microseconds'] },
    { seconds: 1, exponent: -9, words: ['ns', 'nanosecond', 'nanoseconds'] },
  ].flatMap(({ words, ...unit }) => words.map((word) => [word, unit] as const)),
);
const TIME_PART = / *(\d+(?:\.\d+)?) *([a-zµμ]+),?/y;

/**
 * `1h2m3.5s`, `2 days, 4h`, `250ms`, `1:02:03`, `02:03`, days before a clock (`1d 05:03:02`, `12 days, 3:04:05`,
 * `1.02:03:04.5`), ISO 8601 without months and years (`PT1H30M`), or a number of seconds. Gives seconds.
 */
function readDuration(text: string): number | undefined {
  const trimmed = text.trim();
  const sign = trimmed.startsWith('-') ? -1 : 1;
  const rest = trimmed.replace(/^[-+]/, '');
  if (/^\d+(\.\d+)?(e[-+]?\d+)?$/i.test(rest)) return sign * Number(rest);
  const seconds = readClock(rest) ?? readDaysAndClock(rest) ?? readIso(rest) ?? readTimeParts(rest);
  return seconds === undefined ? undefined : sign * seconds;
}

function readClock(text: string): number | undefined {
  const match = /^(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)$/.exec(text);
  return match === null ? undefined : Number(match[1] ?? 0) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function readDaysAndClock(text: string): number | undefined {
  const match = /^(\d+)(?:\.| ?d(?:ays?)?,? +)(\d{1,2}:\d{2}:\d{2}(?:\.\d+)?)$/.exec(text);
  const clock = readClock(match?.[2] ?? '');
  return clock === undefined ? undefined : Number(match?.[1]) * 86_400 + clock;
}

/** Months and years have no length of their own. */
function readIso(text: string): number | undefined {
  const match =
    /^P(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/.exec(
      text,
    );
  if (match === null || text === 'P') return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number((part ?? '0').replace(',', '.')));
  return (((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

/** Letter case matters: `M` is no minute, and no month. */
function readTimeParts(text: string): number | undefined {
  let seconds = 0;
  TIME_PART.lastIndex = 0;
  let end = 0;
  for (let match = TIME_PART.exec(text); match !== null; match = TIME_PART.exec(text)) {
    const unit = TIME_UNITS.get(match[2] ?? '');
    if (unit === undefined) return undefined;
    seconds += Number(`${match[1]}e${unit.exponent ?? 0}`) * unit.seconds;
    end = TIME_PART.lastIndex;
  }
  return end > 0 && end === text.length ? seconds : undefined;
}

/** `28 %`, `28`: gives the ratio, 0.28. Two more in the exponent round once, a division would round twice. */
function readPercent(text: string): number | undefined {
  const [whole, digits, exponent = '0'] = /^([-+]?\d+(?:\.\d+)?)(?:e([-+]?\d+))? *%?$/i.exec(text.trim()) ?? [];
  return whole === undefined ? undefined : Number(`${digits}e${Number(exponent) - 2}`);
}

function bounded(read: UnitReader): UnitReader {
  return (text) => {
    const value = text.length > MAX_LENGTH ? undefined : read(text);
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  };
}

export const unitReaders = {
  bytes: bounded(readBytes),
  duration: bounded(readDuration),
  percent: bounded(readPercent),
} satisfies Record<string, UnitReader>;

/** Whole numbers of another base, with a sign and the base's own prefix or without. */
function createBaseReader(form: RegExp, prefix: string): UnitReader {
  return (text) => {
    const match = form.exec(text.trim());
    if (match === null) return undefined;
    const magnitude = Number(BigInt(`${prefix}${match[2]}`));
    return match[1] === '-' ? -magnitude : magnitude;
  };
}

/** `0x1d5`, `1D5`, `-ff`; `0b1`, `1`; `0o17`, `017`, `17`. */
export const baseReaders = {
  2: bounded(createBaseReader(/^([-+]?)(?:0b)?([01]+)$/i, '0b')),
  8: bounded(createBaseReader(/^([-+]?)(?:0o)?([0-7]+)$/i, '0o')),
  16: bounded(createBaseReader(/^([-+]?)(?:0x)?([\da-f]+)$/i, '0x')),
} satisfies Record<number, UnitReader>;
