import { readLatin1 } from '../model/bytes.js';
import { sameTexts } from '../model/metrics.js';
import type { PlacedMetric, RowPlaces } from '../model/placed-rows.js';
import { escapeText, formatNumber, toView } from './byte-writer.js';
import { escapeLabelName, escapeMetricName } from './escaping.js';
import { FamilyHeads, KeptHeads, SeriesName } from './family-head.js';
import type { FormatRules } from './format.js';

const NEWLINE = 0x0a;
const LABELS_END = Buffer.from('"} ');
const NOTHING = new Uint8Array(0);
/** Bytes are copied in words: up to three more than are wanted, which the next ones overwrite. */
const WORD_BYTES = 4;
/** Room for any number. */
const MAX_NUMBER_BYTES = 32;

/** Bytes that are copied over and over, with room for a word behind them. */
interface Piece {
  readonly view: DataView;
  readonly length: number;
}

/** What stands around the values of a metric's labels as bytes, in one format: none of it changes from one scrape to the next. */
export class PlacedHead {
  readonly #metric: PlacedMetric;
  /** As the format has them. */
  readonly labelNames: readonly string[];
  /** In front of the labels, for each family. */
  readonly opens: readonly Piece[];
  /** In front of the value of each label that is a row's own. */
  readonly befores: readonly Piece[];
  /** Behind the last one of those. */
  readonly tail: Piece;

  constructor(metric: PlacedMetric, { escaping }: FormatRules) {
    this.#metric = metric;
    const { labelNames, labelFields, staticValues, families } = metric;
    this.labelNames = labelNames.map((name) => escapeLabelName(name, escaping));
    const series = families.map(({ name }) => new SeriesName(escapeMetricName(name, escaping)));
    const isBare = labelNames.length === 0;
    this.opens = series.map(({ open, bare }) => toPiece(toBytes(isBare ? bare : open)));
    const befores = (series[0]?.before(this.labelNames) ?? []).map(toBytes);
    this.befores = befores.slice(0, labelFields.length).map(toPiece);
    const others = staticValues.flatMap((value, i) => [
      befores[labelFields.length + i] ?? NOTHING,
      Buffer.from(escapeText(value)),
    ]);
    this.tail = toPiece(isBare ? NOTHING : Buffer.concat([...others, LABELS_END]));
  }

  /** Whether this is the head of that metric too. */
  fits(metric: PlacedMetric): boolean {
    const own = this.#metric;
    if (own === metric) return true;
    const areSame =
      own.families.length === metric.families.length &&
      own.families.every(({ name }, i) => name === metric.families[i]?.name);
    return areSame && sameTexts(own.labelNames, metric.labelNames) && sameTexts(own.staticValues, metric.staticValues);
  }
}

/** What is kept from one scrape to the next: how families are written, and memory. */
export class WritingCache {
  readonly heads = new FamilyHeads();
  readonly placedHeads = new PlacedHeads();
  readonly lines = new LineMemory();
  /** What the last exposition took, where it fitted into one chunk. */
  expectedBytes: number | undefined;
}

/** Keeps the heads of metrics from one scrape to the next. */
export class PlacedHeads {
  readonly #heads = new KeptHeads<PlacedHead>();

  find(metric: PlacedMetric, rules: FormatRules): PlacedHead {
    const name = metric.families[0]?.name ?? '';
    const known = this.#heads.get(rules, name);
    return known?.fits(metric) === true ? known : this.#heads.keep(rules, name, ...[new PlacedHead(metric, rules)]);
  }
}

const MAX_KEPT_BYTES = 1024 * 1024;

/** Memory for lines that are copied on before the next ones are written. */
export class LineMemory {
  #bytes: Buffer = Buffer.alloc(0);
  #used = 0;

  /** Forgets what was written before. */
  clear(): void {
    this.#used = 0;
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.alloc(0);
  }

  /** Room for so many bytes. */
  allocate(count: number): Buffer {
    if (this.#used + count > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(count, this.#bytes.length * 2));
      this.#used = 0;
    }
    return this.#bytes.subarray(this.#used, this.#used + count);
  }

  /** Keeps so many of the bytes that were allocated last. */
  keep(count: number): void {
    this.#used += count;
  }
}

/**
 * Writes the lines of rows, a family at a time. Text 0.0.4 and both versions of OpenMetrics write a number without anything but
 * labels alike.
 */
export class PlacedLines {
  readonly #found: RowPlaces;
  readonly #source: DataView;
  readonly #metric: PlacedMetric;
  readonly #head: PlacedHead;
  /** What the values of labels take at most, in all rows together. */
  readonly #labelBytes: number;
  /** The lines of the first family: those of the others have the same labels. */
  #first: DataView | undefined;
  /** Where in those the labels of each row begin, and where they end. */
  readonly #labelPlaces: Int32Array;
  readonly #memory: LineMemory;

  constructor(
    found: RowPlaces,
    {
      metric,
      head,
      labelBytes,
      memory,
    }: {
      readonly metric: PlacedMetric;
      readonly head: PlacedHead;
      readonly labelBytes: number;
      readonly memory: LineMemory;
    },
  ) {
    this.#memory = memory;
    this.#found = found;
    this.#source = toView(found.bytes);
    this.#metric = metric;
    this.#head = head;
    this.#labelBytes = labelBytes;
    this.#labelPlaces = new Int32Array(metric.families.length > 1 ? found.rows * 2 : 0);
  }

  /** Those of one of the metric's families. */
  write(family: number): Buffer {
    const open = this.#head.opens[family] ?? EMPTY;
    const field = this.#metric.families[family]?.field ?? 0;
    return this.#first === undefined ? this.#writeFirst(open, field) : this.#writeNext(this.#first, open, ...[field]);
  }

  #writeFirst(open: Piece, field: number): Buffer {
    const { places, rows, fieldCount } = this.#found;
    const { labelFields: fields } = this.#metric;
    const { befores, tail } = this.#head;
    const source = this.#source;
    const labelPlaces = this.#labelPlaces;
    const isShared = labelPlaces.length > 0;
    const bytes = this.#allocate(open, field);
    const target = toView(bytes);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const start = row * fieldCount * 2;
      at = copy(target, at, ...[open.view, 0, open.length]);
      if (isShared) labelPlaces[row * 2] = at;
      for (let i = 0; i < fields.length; i++) {
        const before = befores[i] ?? EMPTY;
        at = copy(target, at, ...[before.view, 0, before.length]);
        const place = start + (fields[i] ?? 0) * 2;
        at = copy(target, at, ...[source, places[place] ?? 0, places[place + 1] ?? 0]);
      }
      at = copy(target, at, ...[tail.view, 0, tail.length]);
      if (isShared) labelPlaces[row * 2 + 1] = at;
      at = this.#writeValue(target, at, ...[start + field * 2]);
    }
    this.#first = target;
    return this.#keep(bytes, at);
  }

  #writeNext(first: DataView, open: Piece, ...[field]: [field: number]): Buffer {
    const { rows, fieldCount } = this.#found;
    const labels = this.#labelPlaces;
    const bytes = this.#allocate(open, field);
    const target = toView(bytes);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      at = copy(target, at, ...[open.view, 0, open.length]);
      at = copy(target, at, ...[first, labels[row * 2] ?? 0, labels[row * 2 + 1] ?? 0]);
      at = this.#writeValue(target, at, ...[(row * fieldCount + field) * 2]);
    }
    return this.#keep(bytes, at);
  }

  /** Room for the lines of a family. */
  #allocate(open: Piece, field: number): Buffer {
    const { rows } = this.#found;
    const { befores, tail } = this.#head;
    const around = befores.reduce((sum, before) => sum + before.length, open.length + tail.length + 1);
    return this.#memory.allocate(rows * around + this.#labelBytes + this.#countBytes(field) + WORD_BYTES);
  }

  #keep(bytes: Buffer, count: number): Buffer {
    this.#memory.keep(count);
    return bytes.subarray(0, count);
  }

  /** A value and the end of its line. Gives where that is. */
  #writeValue(target: DataView, start: number, ...[place]: [place: number]): number {
    const { places } = this.#found;
    const end = places[place + 1] ?? 0;
    let at = start;
    if (end >= 0) at = copy(target, at, ...[this.#source, places[place] ?? 0, end]);
    else for (const digit of Buffer.from(formatNumber(readNumber(this.#found, place)))) target.setUint8(at++, digit);
    target.setUint8(at, NEWLINE);
    return at + 1;
  }

  /** What the values of a field take at most, in all rows together. */
  #countBytes(field: number): number {
    const { places, rows, fieldCount } = this.#found;
    let bytes = 0;
    for (let row = 0, place = field * 2; row < rows; row++, place += fieldCount * 2) {
      const end = places[place + 1] ?? 0;
      bytes += end < 0 ? MAX_NUMBER_BYTES : end - (places[place] ?? 0);
    }
    return bytes;
  }
}

/** Gives where the copy ends. It takes room for a word behind that. */
function copy(
  target: DataView,
  at: number,
  ...[source, start, end]: [source: DataView, start: number, end: number]
): number {
  const shift = at - start;
  let from = start;
  if (end + WORD_BYTES > source.byteLength) {
    for (; from < end; from++) target.setUint8(from + shift, source.getUint8(from));
    return end + shift;
  }
  for (; from < end; from += WORD_BYTES) target.setInt32(from + shift, source.getInt32(from));
  return end + shift;
}

const EMPTY = toPiece(NOTHING);

function toPiece(bytes: Uint8Array): Piece {
  return { view: toView(Buffer.concat([bytes], bytes.length + WORD_BYTES)), length: bytes.length };
}

function toBytes({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The number at a place whose end is negative. */
function readNumber({ bytes, places }: RowPlaces, place: number): number {
  const text = readLatin1(bytes, places[place] ?? 0, ...[~(places[place + 1] ?? 0)]);
  return text === 'true' ? 1 : Number(text === 'false' ? '0' : text);
}
