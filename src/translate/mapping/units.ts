/** Reads text with a unit as a number in the base unit of Prometheus' conventions; undefined where it is none. */
export type UnitReader = (text: string) => number | undefined;

const BYTE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't', 'p', 'e'].flatMap((letter, i): (readonly [string, number])[] => [
    [letter, 1000 ** (i + 1)],
    [`${letter}b`, 1000 ** (i + 1)],
    [`${letter}i`, 1024 ** (i + 1)],
    [`${letter}ib`, 1024 ** (i + 1)],
  ]),
]);

/** `150G`, `1.5 GiB`, `28 kB`: powers of 1000, of 1024 with an `i`, in any letter case. Gives bytes. */
function readBytes(text: string): number | undefined {
  const match = /^\s*([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = BYTE_UNITS.get(match?.[2]?.toLowerCase() ?? '');
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 1e-3],
  ['us', 1e-6],
  ['µs', 1e-6],
  ['μs', 1e-6],
  ['ns', 1e-9],
]);
const TIME_PART = /\s*(\d+(?:\.\d+)?)\s*(ms|us|µs|μs|ns|[wdhms])/y;

/** `1h2m3.5s`, `2d 4h`, `250ms`, `1:02:03`, `02:03`, or a number of seconds. Gives seconds. */
function readDuration(text: string): number | undefined {
  const trimmed = text.trim();
  const sign = trimmed.startsWith('-') ? -1 : 1;
  const rest = trimmed.replace(/^[-+]/, '');
  if (/^\d+(\.\d+)?$/.test(rest)) return sign * Number(rest);
  const seconds = readClock(rest) ?? readTimeParts(rest);
  return seconds === undefined ? undefined : sign * seconds;
}

function readClock(text: string): number | undefined {
  const match = /^(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)$/.exec(text);
  return match === null ? undefined : Number(match[1] ?? 0) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function readTimeParts(text: string): number | undefined {
  let seconds = 0;
  TIME_PART.lastIndex = 0;
  let end = 0;
  for (let match = TIME_PART.exec(text); match !== null; match = TIME_PART.exec(text)) {
    seconds += Number(match[1]) * (TIME_UNITS.get(match[2] ?? '') ?? 0);
    end = TIME_PART.lastIndex;
  }
  return end > 0 && end === text.length ? seconds : undefined;
}

/** `28 %`, `28`: gives the ratio, 0.28. */
function readPercent(text: string): number | undefined {
  const match = /^\s*([-+]?\d+(?:\.\d+)?)\s*%?\s*$/.exec(text);
  return match === null ? undefined : Number(match[1]) / 100;
}

export const unitReaders = {
  bytes: readBytes,
  duration: readDuration,
  percent: readPercent,
} satisfies Record<string, UnitReader>;
