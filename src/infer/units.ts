import type { OptionEntry } from './column.js';

/** A unit as documents write it, and how it becomes the one that Prometheus' conventions have for the quantity. */
export interface Unit {
  /** What the name of the metric ends in. */
  readonly suffix: string;
  /** Keys of a value that bring about the base unit; none where the document has it already. */
  readonly options: readonly OptionEntry[];
  /** What the unit may mean besides. */
  readonly note?: string;
}

const scaled = (suffix: string, scale: number, note?: string): Unit => ({
  suffix,
  options: scale === 1 ? [] : [['scale', scale]],
  ...(note === undefined ? {} : { note }),
});

const table: readonly (readonly [words: string, unit: Unit])[] = [
  ['seconds second secs sec', scaled('seconds', 1)],
  ['ms millis millisecond milliseconds msec msecs', scaled('seconds', 0.001)],
  ['us micros microsecond microseconds usec usecs', scaled('seconds', 0.000001)],
  ['ns nanos nanosecond nanoseconds nsec', scaled('seconds', 1e-9)],
  ['minutes mins', scaled('seconds', 60)],
  ['hours hrs', scaled('seconds', 3600)],
  ['days', scaled('seconds', 86400)],
  ['bytes byte', scaled('bytes', 1)],
  ['kib', scaled('bytes', 1024)],
  ['mib', scaled('bytes', 1024 ** 2)],
  ['gib', scaled('bytes', 1024 ** 3)],
  ['kb kilobytes', scaled('bytes', 1024, 'taken for 1024 bytes a KB, it may be 1000')],
  ['mb megabytes', scaled('bytes', 1024 ** 2, 'taken for 1024 * 1024 bytes a MB, it may be a million')],
  ['gb gigabytes', scaled('bytes', 1024 ** 3, 'taken for 1024 * 1024 * 1024 bytes a GB, it may be 1e9')],
  ['percent pct percentage perc', scaled('ratio', 0.01)],
  ['ratio fraction utilisation utilization', scaled('ratio', 1)],
  ['celsius tc degc', scaled('celsius', 1)],
  ['fahrenheit tf degf', scaled('fahrenheit', 1)],
  ['watts watt', scaled('watts', 1)],
  ['kw kilowatts', scaled('watts', 1000)],
  ['wh', scaled('joules', 3600)],
  ['kwh', scaled('joules', 3_600_000)],
  ['joules', scaled('joules', 1)],
  ['volts volt', scaled('volts', 1)],
  ['mv millivolts', scaled('volts', 0.001)],
  ['amperes amps', scaled('amperes', 1)],
  ['ma milliamps', scaled('amperes', 0.001)],
  ['hz hertz', scaled('hertz', 1)],
  ['khz', scaled('hertz', 1000)],
  ['mhz', scaled('hertz', 1_000_000)],
  ['ghz', scaled('hertz', 1e9)],
  ['dbm', scaled('dbm', 1)],
  ['metres meters', scaled('metres', 1)],
  ['pascals', scaled('pascals', 1)],
  ['hpa mbar', scaled('pascals', 100)],
  ['kbps kbit', scaled('bytes_per_second', 125)],
  ['mbps mbit', scaled('bytes_per_second', 125_000)],
  ['gbps', scaled('bytes_per_second', 125_000_000)],
];

const byWord = new Map(table.flatMap(([words, unit]) => words.split(' ').map((word) => [word, unit] as const)));

/** The unit that a word of a key names. */
export function findUnit(word: string): Unit | undefined {
  return byWord.get(word);
}

const bySymbol: ReadonlyMap<string, Unit> = new Map([
  ['s', scaled('seconds', 1)],
  ['sec', scaled('seconds', 1)],
  ['seconds', scaled('seconds', 1)],
  ['ms', scaled('seconds', 0.001)],
  ['milliseconds', scaled('seconds', 0.001)],
  ['min', scaled('seconds', 60)],
  ['h', scaled('seconds', 3600)],
  ['B', scaled('bytes', 1)],
  ['bytes', scaled('bytes', 1)],
  ['%', scaled('ratio', 0.01)],
  ['percent', scaled('ratio', 0.01)],
  ['°C', scaled('celsius', 1)],
  ['C', scaled('celsius', 1)],
  ['celsius', scaled('celsius', 1)],
  ['°F', scaled('fahrenheit', 1)],
  ['W', scaled('watts', 1)],
  ['kW', scaled('watts', 1000)],
  ['Wh', scaled('joules', 3600)],
  ['kWh', scaled('joules', 3_600_000)],
  ['V', scaled('volts', 1)],
  ['mV', scaled('volts', 0.001)],
  ['A', scaled('amperes', 1)],
  ['mA', scaled('amperes', 0.001)],
  ['Hz', scaled('hertz', 1)],
  ['MHz', scaled('hertz', 1_000_000)],
  ['GHz', scaled('hertz', 1e9)],
  ['dBm', scaled('dbm', 1)],
  ['m', scaled('metres', 1)],
  ['km', scaled('metres', 1000)],
  ['mm', scaled('metres', 0.001)],
  ['m/s', scaled('metres_per_second', 1)],
  ['Pa', scaled('pascals', 1)],
  ['hPa', scaled('pascals', 100)],
  ['bar', scaled('pascals', 100_000)],
  ['rpm', scaled('rpm', 1)],
  ['RPM', scaled('rpm', 1)],
]);

/** The unit of a symbol that stands in the document: behind a number, or in a field of its own. */
export function findSymbol(symbol: string): Unit | undefined {
  return bySymbol.get(symbol);
}
