import { setImmediate as nextTurn } from 'node:timers/promises';

/** The two text formats that can be merged. */
export type TextFormat = 'text' | 'openmetrics';

export interface Exposition {
  readonly format: TextFormat;
  readonly chunks: readonly Uint8Array[];
}

export interface MergedExposition {
  readonly chunks: readonly Uint8Array[];
  /** Series that an earlier exposition had already. */
  readonly duplicates: number;
  /** Lines that are none of their format. */
  readonly invalidLines: number;
}

/** The format of a content type; undefined for one that is not made of lines. */
export function textFormatOf(contentType: string): TextFormat | undefined {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/openmetrics-text') return 'openmetrics';
  return type === 'text/plain' ? 'text' : undefined;
}

/** Lines between two turns of the event loop. */
const LINES_PER_TURN = 5000;

/**
 * Merges expositions into one of `format` that declares each family once, keeps the samples of a family together and has
 * no series twice: the first one stays. OpenMetrics among text loses what text has no place for.
 */
export async function mergeExpositions(
  expositions: readonly Exposition[],
  format: TextFormat,
): Promise<MergedExposition> {
  const families = new FamilyCollector(format);
  for (const exposition of expositions) {
    families.begin(exposition.format);
    const text = Buffer.concat(exposition.chunks).toString('utf8');
    let lines = 0;
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      const line = text.slice(start, end < 0 ? text.length : end);
      families.add(line.endsWith('\r') ? line.slice(0, -1) : line);
      start = end < 0 ? text.length : end + 1;
      if (++lines % LINES_PER_TURN === 0) await nextTurn();
    }
  }
  return families.finish();
}

interface Family {
  readonly help: string | undefined;
  readonly type: string | undefined;
  readonly unit: string | undefined;
  readonly samples: string[];
}

const SUFFIXES = ['_total', '_created', '_bucket', '_count', '_sum', '_gcount', '_gsum', '_info'];
const METADATA = /^# (HELP|TYPE|UNIT) ("(?:[^"\\]|\\.)*"|[^ "]+)(?: (.*))?$/;

class FamilyCollector {
  readonly #format: TextFormat;
  readonly #families = new Map<string, { -readonly [Key in keyof Family]: Family[Key] }>();
  /** Every series so far, by name and sorted labels. */
  readonly #series = new Set<string>();
  /** Those of the exposition that is being read: one that has a series twice (with timestamps) may. */
  #ownSeries = new Set<string>();
  #source: TextFormat = 'text';
  #current = '';
  #duplicates = 0;
  #invalidLines = 0;

  constructor(format: TextFormat) {
    this.#format = format;
  }

  begin(source: TextFormat): void {
    this.#source = source;
    this.#current = '';
    for (const key of this.#ownSeries) this.#series.add(key);
    this.#ownSeries = new Set();
  }

  add(line: string): void {
    if (line.trim() === '' || line === '# EOF') return;
    if (line.startsWith('#')) this.#addMetadata(line);
    else this.#addSample(line);
  }

  finish(): MergedExposition {
    const chunks: Buffer[] = [];
    for (const [name, { help, type, unit, samples }] of this.#families) {
      const head = [
        ...(help === undefined ? [] : [`# HELP ${name} ${help}`]),
        ...(type === undefined ? [] : [`# TYPE ${name} ${type}`]),
        ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      ];
      const lines = [...head, ...samples];
      if (lines.length > 0) chunks.push(Buffer.from(`${lines.join('\n')}\n`));
    }
    if (this.#format === 'openmetrics') chunks.push(Buffer.from('# EOF\n'));
    return { chunks, duplicates: this.#duplicates, invalidLines: this.#invalidLines };
  }

  #addMetadata(line: string): void {
    const [, kind, written = '', value = ''] = METADATA.exec(line) ?? [];
    if (kind === undefined) return;
    const name = this.#familyName(written, kind === 'TYPE' ? value : undefined);
    const family = this.#open(name);
    if (kind === 'HELP') family.help ??= value;
    else if (kind === 'TYPE') family.type ??= this.#translateType(value);
    else if (this.#format === 'openmetrics') family.unit ??= value;
  }

  /** Text calls a counter by the name of its samples, OpenMetrics without the suffix. */
  #familyName(written: string, type: string | undefined): string {
    this.#current = written;
    if (this.#format === this.#source || type !== 'counter') return written;
    const renamed = written.endsWith('_total') ? written : `${written}_total`;
    const before = this.#families.get(written);
    if (before !== undefined && before.samples.length === 0 && before.type === undefined && renamed !== written) {
      this.#families.delete(written);
      this.#families.set(renamed, before);
    }
    this.#current = renamed;
    return renamed;
  }

  #translateType(type: string): string {
    if (this.#format === this.#source) return type;
    const known = ['counter', 'gauge', 'histogram', 'summary'];
    if (known.includes(type)) return type;
    return type === 'info' || type === 'stateset' ? 'gauge' : 'untyped';
  }

  #addSample(line: string): void {
    const sample = splitSample(line);
    if (sample === undefined) {
      this.#invalidLines++;
      return;
    }
    const key = `${sample.name}{${[...sample.labels].sort().join(',')}}`;
    if (this.#series.has(key)) {
      this.#duplicates++;
      return;
    }
    this.#ownSeries.add(key);
    const written = this.#format === this.#source ? line : toText(sample);
    if (written !== undefined) this.#open(this.#familyOf(sample.name)).samples.push(written);
  }

  #familyOf(name: string): string {
    const family = this.#current;
    if (name === family || (name.startsWith(family) && SUFFIXES.includes(name.slice(family.length)))) return family;
    if (family.endsWith('_total') && name.startsWith(family.slice(0, -'_total'.length))) {
      const rest = name.slice(family.length - '_total'.length);
      if (SUFFIXES.includes(rest)) return family;
    }
    this.#current = name;
    return name;
  }

  #open(name: string) {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const family = { help: undefined, type: undefined, unit: undefined, samples: [] };
    this.#families.set(name, family);
    return family;
  }
}

interface Sample {
  readonly name: string;
  /** Each as it is written. */
  readonly labels: readonly string[];
  /** Everything between the name and the value, as it is written. */
  readonly head: string;
  readonly value: string;
  readonly timestamp: string | undefined;
}

const NAME = /[^\s{}"#,=]+/y;
const LABEL = /\s*(?:([^\s{}"#,=]+|"(?:[^"\\]|\\.)*")\s*=\s*)?("(?:[^"\\]|\\.)*")\s*(,|(?=\}))/y;
const VALUE = /\s+(\S+)(?:\s+(-?[0-9.eE+-]+))?(?:\s+#\s.*)?\s*$/y;

/** A line as name, labels and value; undefined for one that is no sample. */
function splitSample(line: string): Sample | undefined {
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  let name = match(NAME)?.[0];
  const labels: string[] = [];
  if (line[at] === '{') {
    at++;
    for (let label = match(LABEL); label !== null; label = match(LABEL)) {
      const [, key, value = ''] = label;
      if (key === undefined && name === undefined) name = value;
      else if (key === undefined) return undefined;
      else labels.push(`${key}=${value}`);
    }
    while (line[at] === ' ') at++;
    if (line[at++] !== '}') return undefined;
  }
  const head = line.slice(0, at);
  const value = match(VALUE);
  if (name === undefined || value === null) return undefined;
  return { name, labels, head, value: value[1] ?? '', timestamp: value[2] };
}

/** OpenMetrics as text: without exemplars, timestamps in milliseconds; samples that text does not have are left out. */
function toText({ name, head, value, timestamp }: Sample): string | undefined {
  if (name.endsWith('_created')) return undefined;
  return timestamp === undefined ? `${head} ${value}` : `${head} ${value} ${Math.round(Number(timestamp) * 1000)}`;
}
