import type { OptionEntry, Reading } from './column.js';
import { findSymbol, findUnit, type Unit } from './units.js';
import { dropRepeats, toSingular } from './words.js';

/** What is known of numbers before they have a name. */
export interface NumberFacts {
  /** The words of the keys that lead to them from the element, and before them the noun of the element. */
  readonly words: readonly string[];
  /** The words of the last key alone. */
  readonly ownWords: readonly string[];
  readonly min: number;
  readonly max: number;
  /** The smallest that is not 0. */
  readonly least: number;
  readonly areWhole: boolean;
  /** Texts have a reading of their own. */
  readonly reading: Reading | undefined;
  readonly areBooleans: boolean;
  /** A symbol that the document gives for their unit elsewhere. */
  readonly symbol: string | undefined;
  /** Words of the fields beside them. */
  readonly siblings: ReadonlySet<string>;
}

/** How numbers become a metric. */
export interface NumberChoice {
  readonly type: 'gauge' | 'counter';
  /** The words of the name, unit and `total` included. */
  readonly words: readonly string[];
  readonly options: readonly OptionEntry[];
  /** What a reader has to decide. */
  readonly notes: readonly string[];
  /** What becomes of many of them. */
  readonly fold: 'sum' | 'avg' | 'max';
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Events and amounts that only grow. */
const COUNTED = words(`requests errors failures fails failed hits misses evictions retries timeouts received sent
  transmitted dropped drops discarded accepted handled processed published publish delivered deliver acked ack
  acknowledged reads writes queries commits rollbacks restarts reboots calls events packets operations ops invocations
  collections exceptions warnings checks transfers executions inserted updated deleted merges flushes refreshes
  searches logins rejected reached redelivered redeliver expired completed scrapes reloads crashes allocs mallocs frees
  lookups rx tx get interrupts`);

/** Words that say that a number goes up and down, whatever else is there. */
const MEASURED = words(`current currently active open opened max min maximum minimum avg average mean median stddev rate
  per idle pending queued queue limit capacity available free used live last peak percent ratio size length quota
  remaining ready unacknowledged unacked progress running waiting number num score level limit recent previous today
  yesterday inflight flight p50 p75 p90 p95 p98 p99 p999 percentile interval timeout ttl load usage speed weight depth
  oldest unread minute hour m1 m5 m15 second`);

const TIMES =
  words(`timestamp reset epoch dt sunrise sunset generated date at since created updated modified expires expiry expiration unixtime started
  finished time ts start end seen transition pushed utc until when`);

const DURATIONS = words(`duration elapsed latency uptime downtime age lag delay runtime interval ttl timeout time wait
  waiting idle took`);

const MIN_EPOCH = 946_684_800;
const MAX_EPOCH = 4_102_444_800;

/** Chooses name, type and unit of numbers, by the conventions of Prometheus. */
export function chooseNumber(facts: NumberFacts): NumberChoice {
  const { reading } = facts;
  if (facts.areBooleans) return gauge(facts, { words: facts.words });
  if (reading?.kind === 'date') return chooseDate(facts, reading);
  return chooseEpoch(facts) ?? chooseByUnit(facts) ?? chooseByKind(facts) ?? finish(facts, { words: facts.words });
}

interface Draft {
  readonly words: readonly string[];
  readonly unit?: Unit;
  readonly options?: readonly OptionEntry[];
  readonly notes?: readonly string[];
  readonly fold?: NumberChoice['fold'];
}

function gauge(_facts: NumberFacts, draft: Draft): NumberChoice {
  const words = withoutLastTotal(draft.words);
  return {
    type: 'gauge',
    words: [...words],
    options: draft.options ?? [],
    notes: draft.notes ?? [],
    fold: draft.fold ?? 'sum',
  };
}

function chooseDate(facts: NumberFacts, reading: Reading): NumberChoice {
  const notes = reading.isLocal === true ? ['the date has no zone, and is taken for UTC: timezone says otherwise'] : [];
  return gauge(facts, {
    words: nameTime(facts.words),
    options: reading.options,
    notes,
    fold: 'max',
  });
}

/** `created_at` becomes created_timestamp_seconds. */
function nameTime(all: readonly string[]): readonly string[] {
  const rest = all.filter(
    (word, i) => i < all.length - 1 || !/^(at|time|timestamp|date|on|ts|unixtime|epoch|utc)$/.test(word),
  );
  const clean = rest.filter(
    (word) => !/^(timestamp|seconds|ms|millis|unixtime|unix|nano|nanos|ns|us|micros)$/.test(word),
  );
  return [...clean, 'timestamp', 'seconds'];
}

const EPOCHS: readonly (readonly [factor: number, date: string | undefined])[] = [
  [1, undefined],
  [1e3, 'unix_ms'],
  [1e6, 'unix_us'],
  [1e9, 'unix_ns'],
];

/** A number of seconds or less since 1970, by its name and its size. Zeros are times that have not come. */
function chooseEpoch(facts: NumberFacts): NumberChoice | undefined {
  const { words, ownWords, max, min, least, reading } = facts;
  if (reading !== undefined && reading.kind !== 'number') return undefined;
  const isTime =
    ownWords.some((word) => TIMES.has(word)) ||
    words.some((word) => /^(timestamp|updated|created|modified)$/.test(word));
  if (!isTime || min < 0) return undefined;
  for (const [factor, date] of EPOCHS) {
    if (least < MIN_EPOCH * factor || max > MAX_EPOCH * factor) continue;
    const options: readonly OptionEntry[] = date === undefined ? [] : [['date', date]];
    return gauge(facts, {
      words: nameTime(facts.words.filter((word) => findUnit(word) === undefined)),
      options,
      fold: 'max',
    });
  }
  return undefined;
}

const TIME_PARTS = ['days', 'hours', 'minutes', 'seconds'];

/** By the unit that the texts, the document or the name says. */
function chooseByUnit(facts: NumberFacts): NumberChoice | undefined {
  const { reading, symbol } = facts;
  const own = reading?.options ?? [];
  if (reading?.kind === 'bytes')
    return finish(facts, { words: strip(facts.words, 'bytes'), unit: suffix('bytes'), options: own });
  if (reading?.kind === 'duration') {
    return finish(facts, { words: strip(facts.words, 'seconds'), unit: suffix('seconds'), options: own });
  }
  if (reading?.kind === 'percent') {
    return finish(facts, { words: strip(facts.words, 'ratio'), unit: suffix('ratio'), options: own, fold: 'avg' });
  }
  if (reading?.kind === 'words') return gauge(facts, { words: facts.words, options: own });
  if (reading?.kind === 'base') return finish(facts, { words: facts.words, options: own });
  if (reading?.kind === 'money') {
    return gauge(facts, { words: facts.words, options: own, notes: ['the currency is not in the name'] });
  }
  const shown = findSymbol(symbol ?? reading?.unit ?? '');
  if (shown !== undefined) {
    const { options } = shown;
    return finish(facts, { words: strip(facts.words, shown.suffix), unit: shown, options: [...own, ...options] });
  }
  // 1 day, 2 hours and 3 minutes are one time.
  const isPart = facts.ownWords.length === 1 && TIME_PARTS.filter((part) => facts.siblings.has(part)).length > 1;
  const named = isPart ? undefined : findNamedUnit(facts.words, facts.ownWords);
  if (named === undefined) {
    return own.length === 0
      ? undefined
      : finish(facts, { words: facts.words, options: own, notes: ['the unit is not in the name'] });
  }
  const notes = named.unit.note === undefined ? [] : [named.unit.note];
  const isShare = named.unit.suffix === 'ratio';
  return finish(facts, {
    words: named.rest,
    unit: named.unit,
    options: [...own, ...named.unit.options],
    notes,
    ...(isShare ? { fold: 'avg' as const } : {}),
  });
}

function suffix(name: string): Unit {
  return { suffix: name, options: [] };
}

/** Words of a number that is of the unit of what it is about. */
const STATISTIC = /^(max|min|mean|avg|average|median|stddev|last|current|value|total|sum)$/;

/** The unit that the last word names, or one before it: `wait_ms_max`. */
function findNamedUnit(
  all: readonly string[],
  own: readonly string[],
): { readonly unit: Unit; readonly rest: readonly string[] } | undefined {
  // wait_ms: {max: 3} has the unit further up.
  const first = own.every((word) => STATISTIC.test(word)) ? 0 : Math.max(0, all.length - own.length);
  for (let i = all.length - 1; i >= first; i--) {
    const word = all[i] ?? '';
    const unit = findUnit(word);
    const pair = word === 'c' && all[i - 1] === 't' ? 'tc' : word === 'f' && all[i - 1] === 't' ? 'tf' : undefined;
    const temperature = pair === undefined ? undefined : findUnit(pair);
    if (temperature !== undefined) return { unit: temperature, rest: [...all.slice(0, i - 1), ...all.slice(i + 1)] };
    // bytes_per_second is a rate, and not a time.
    if (unit === undefined || all[i - 1] === 'per' || (all[i + 1] === 'per' && unit.options.length > 0)) continue;
    // uptime_in_millis, and not in_bytes.
    const isIn = all[i - 1] === 'in' && i - 1 > all.length - own.length;
    const rest = [...all.slice(0, isIn ? i - 1 : i), ...all.slice(i + 1)];
    if (unit.suffix === 'ratio') {
      const percentOf = rest.filter(
        (each, at) => !(each === 'as' && rest[at + 1] === 'number') && !(each === 'number' && rest[at - 1] === 'as'),
      );
      return { unit, rest: /^utili[sz]ation$/.test(word) ? all : percentOf };
    }
    return { unit, rest };
  }
  return undefined;
}

function strip(all: readonly string[], unit: string): readonly string[] {
  return all.filter((word) => findUnit(word)?.suffix !== unit || /^utili[sz]ation$/.test(word));
}

/** By the kind of quantity that the name suggests; all of these are guesses. */
function chooseByKind(facts: NumberFacts): NumberChoice | undefined {
  const { ownWords, words: all, max, min, siblings } = facts;
  const has = (...candidates: readonly string[]) => candidates.some((word) => ownWords.includes(word));
  const withUnit = (unit: Unit, note: string, fold?: NumberChoice['fold']) =>
    finish(facts, { words: all, unit, options: unit.options, notes: [note], ...(fold === undefined ? {} : { fold }) });
  const last = ownWords.at(-1) ?? '';
  if (has('temperature', 'temp') && min > 200 && max < 400)
    return withUnit(suffix('kelvin'), 'taken for kelvins', 'avg');
  if (has('temperature', 'temp')) return withUnit(suffix('celsius'), 'taken for degrees Celsius', 'avg');
  if (
    min >= 0 &&
    max <= 100 &&
    (has('humidity', 'soc', 'autonomy') ||
      (ownWords.length === 1 && !facts.areWhole && /^(cpu|mem|memory)$/.test(last)))
  ) {
    if (max > 1) {
      const percent: Unit = { suffix: 'ratio', options: [['scale', 0.01]] };
      return withUnit(percent, 'taken for a percentage', 'avg');
    }
  }
  const energy = findEnergy(facts);
  if (energy !== undefined) return energy;
  if (siblings.has('voltage') || siblings.has('volts')) {
    if (has('power', 'apower')) return withUnit(suffix('watts'), 'taken for watts');
    if (has('current')) return withUnit(suffix('amperes'), 'taken for amperes');
    if (has('voltage')) return finish(facts, { words: all, unit: suffix('volts') });
  }
  if (has('rssi')) return finish(facts, { words: all, unit: suffix('dbm'), notes: ['taken for dBm'] });
  if (has('duration', 'elapsed', 'latency', 'uptime', 'downtime', 'took') || (last === 'time' && DURATIONS.has(last))) {
    return guessDuration(facts);
  }
  if (
    max >= 4096 &&
    has('memory', 'mem', 'heap', 'storage', 'disk', 'ram') &&
    !has('id', 'count', 'number', 'objects')
  ) {
    return withUnit(suffix('bytes'), 'taken for bytes');
  }
  return undefined;
}

/** Longest time that is plausible, in seconds, by the name. */
function findLongest(own: readonly string[]): number {
  if (own.some((word) => /^(uptime|downtime|age)$/.test(word))) return 5 * 365 * 86_400;
  if (isRequest(own)) return 600;
  return 86_400;
}

function isRequest(own: readonly string[]): boolean {
  return own.some((word) => /^(request|response|query|latency|call|header|connect|dns|ttfb)$/.test(word));
}

/** Whether seconds, milliseconds or microseconds: the largest unit in which no time is implausibly long. */
function guessDuration(facts: NumberFacts): NumberChoice {
  const { words: all, ownWords, max } = facts;
  const longest = findLongest(ownWords);
  const units: readonly (readonly [name: string, scale: number])[] = [
    ['seconds', 1],
    ['milliseconds', 0.001],
    ['microseconds', 0.000001],
    ['nanoseconds', 1e-9],
  ];
  // Nobody waits for whole tens of seconds.
  const fitting = units.filter(([, each]) => max * each <= longest);
  const isShort = isRequest(ownWords) && facts.areWhole && max >= 10 && fitting.length === units.length;
  const [name, scale] = (isShort ? fitting[1] : fitting[0]) ?? ['seconds', 1];
  const options: readonly OptionEntry[] = scale === 1 ? [] : [['scale', scale]];
  const note = `the document names no unit; by their size these are ${name}`;
  return finish(facts, { words: all, unit: suffix('seconds'), options, notes: [note], fold: 'avg' });
}

/** Energy is counted in watt hours or kilowatt hours, as meters and inverters do. */
function findEnergy(facts: NumberFacts): NumberChoice | undefined {
  const { words: all, ownWords, max, siblings } = facts;
  const names = /^[ae]?energy$/;
  const isEnergy =
    all.some((word) => names.test(word)) &&
    /^(total|today|yesterday|day|month|year|energy|aenergy)$/.test(ownWords.at(-1) ?? '');
  const isShort = ownWords[0] === 'e' && /^(total|day|month|year)$/.test(ownWords[1] ?? '') && siblings.has('e_total');
  if (!isEnergy && !isShort) return undefined;
  const isKilo = max < 10_000;
  const options: readonly OptionEntry[] = [['scale', isKilo ? 3_600_000 : 3600]];
  const notes = [`taken for ${isKilo ? 'kilowatt hours' : 'watt hours'}; scale makes joules of them`];
  const named = isShort ? all.map((word, i) => (i === all.length - ownWords.length ? 'energy' : word)) : all;
  if (!named.includes('total')) return gauge(facts, { words: [...named, 'joules'], options, notes });
  const rest = named.filter((word) => word !== 'total');
  return { type: 'counter', words: [...rest, 'joules', 'total'], options, notes, fold: 'sum' };
}

/** The note of counters that nothing but their name shows to be ones. */
export const TAKEN_FOR_COUNTER = 'by their names these are counters, which only grow';

/** Adds what the type wants of the name. */
function finish(facts: NumberFacts, draft: Draft): NumberChoice {
  const unit = draft.unit?.suffix;
  const base = draft.words.filter(
    (word, i) =>
      !(word === 'number' && draft.words[i + 1] === 'of') && !(word === 'of' && draft.words[i - 1] === 'number'),
  );
  const isCounter = isCounted(facts, unit);
  if (!isCounter) {
    const named = unit === undefined ? withoutLastTotal(base) : [...base, ...unit.split('_')];
    return gauge(facts, { ...draft, words: named });
  }
  const rest = base.filter((word) => word !== 'total' && word !== 'totals');
  const named = [...(rest.length === 0 ? ['count'] : rest), ...(unit === undefined ? [] : unit.split('_')), 'total'];
  const isSure =
    facts.words.includes('total') ||
    (unit === 'bytes' && facts.words.some((word) => /^(rx|tx|sent|received|transmitted)$/.test(word)));
  const notes = [...(draft.notes ?? []), ...(isSure ? [] : [TAKEN_FOR_COUNTER])];
  return { type: 'counter', words: named, options: draft.options ?? [], notes, fold: 'sum' };
}

function isCounted({ words: all, ownWords, min, siblings }: NumberFacts, unit: string | undefined): boolean {
  if (min < 0 || /^(ratio|celsius|volts|amperes|watts|dbm|hertz)$/.test(unit ?? '')) return false;
  if (ownWords.some((word) => MEASURED.has(word))) return false;
  const last = ownWords.at(-1) ?? '';
  if (ownWords.some((word) => COUNTED.has(word))) return !/^(processes|threads|nodes|connections)$/.test(last);
  if (/^totals?$/.test(last) && all.some((word) => COUNTED.has(word) || /^responses?$/.test(word))) return true;
  if (/^\dxx$/.test(last) || /^conn$/.test(last))
    return all.some((word) => /^(responses?|accepted|codes?)$/.test(word));
  const before = ownWords.at(-2) ?? '';
  if (last === 'count' && (COUNTED.has(`${before}s`) || COUNTED.has(`${before}es`))) return true;
  if (last === 'total' && before !== '' && isEvent(before, siblings)) return true;
  return last === 'count' && (siblings.has('sum') || siblings.has('m1_rate') || siblings.has('mean_rate'));
}

/** `query_total` counts queries; `fd_total` beside `fd_used`, and `shards_total`, are amounts. */
function isEvent(word: string, siblings: ReadonlySet<string>): boolean {
  const isAmount = ['used', 'free', 'available', 'active'].some(
    (other) => siblings.has(`${word}_${other}`) || siblings.has(`${other}_${word}`),
  );
  return (
    !isAmount &&
    toSingular(word) === word &&
    !/^(memory|mem|disk|swap|space|heap|storage|size|capacity|sum|grand|sub|fd|proc|ram|cpu)$/.test(word)
  );
}

/** A gauge does not end in `_total`. */
function withoutLastTotal(all: readonly string[]): readonly string[] {
  const clean = dropRepeats(all);
  if (clean.at(-1) === 'total') return clean.length === 1 ? ['total', 'value'] : ['total', ...clean.slice(0, -1)];
  if (clean.at(-1) === 'created') return [...clean, 'count'];
  return clean;
}
