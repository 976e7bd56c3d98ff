/**
 * A strict reader of the text format 0.0.4 and of OpenMetrics 1.0, which knows nothing of the code that it tests.
 * It takes what an exporter should write, that is less than a scraper accepts: single spaces, HELP and TYPE before the
 * samples, no comments or blank lines in OpenMetrics, no exemplars. What upstreams decide is not judged: whether
 * counters are positive, whether buckets are cumulative, whether a histogram with negative bounds has a sum.
 */
export type ParsedFormat = 'text' | 'openmetrics';

export interface ParsedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** As printed: milliseconds in the text format, seconds in OpenMetrics. */
  readonly timestamp?: number;
}

export interface ParsedFamily {
  readonly name: string;
  /** `untyped` or `unknown` where there is no TYPE line. */
  readonly type: string;
  /** Unescaped. */
  readonly help: string | undefined;
  readonly samples: readonly ParsedSample[];
}

/** What rule is broken, and in which line, from 1. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';

  constructor(
    readonly line: number,
    readonly rule: string,
  ) {
    super(`line ${line}: ${rule}`);
  }
}

/** Throws an ExpositionError at the first line that breaks a rule. Bytes must be UTF-8 without a byte order mark. */
export function parseExposition(input: string | Uint8Array, format: ParsedFormat): readonly ParsedFamily[] {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  const parser = new ExpositionParser(format);
  if (text === '' && format === 'text') return [];
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new ExpositionError(lines.length + 1, 'the last line has no newline');
  for (const line of lines) parser.readLine(line);
  return parser.finish();
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ExpositionError(1, 'the bytes are not UTF-8');
  }
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const TYPES: Readonly<Record<ParsedFormat, readonly string[]>> = {
  text: ['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  openmetrics: ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown'],
};

interface OpenFamily {
  readonly name: string;
  type: string | undefined;
  help: string | undefined;
  readonly samples: ParsedSample[];
  /** Label sets, without the type's own label, that were left for another one. */
  readonly leftMetrics: Set<string>;
  metric: string | undefined;
}

class ExpositionParser {
  readonly #format: ParsedFormat;
  readonly #families: OpenFamily[] = [];
  /** Every name that a family goes by or its samples could have, and the family. */
  readonly #ownerOfName = new Map<string, string>();
  readonly #series = new Set<string>();
  #line = 0;
  #ended = false;

  constructor(format: ParsedFormat) {
    this.#format = format;
  }

  readLine(line: string): void {
    this.#line++;
    if (this.#ended) this.#fail('there is something behind # EOF');
    if (this.#format === 'openmetrics' && line === '# EOF') this.#ended = true;
    else if (line.startsWith('# HELP ') || line.startsWith('# TYPE ')) this.#readMetadata(line);
    else if (line === '' || line.startsWith('#')) this.#readComment(line);
    else this.#readSample(line);
  }

  finish(): readonly ParsedFamily[] {
    this.#line++;
    if (this.#format === 'openmetrics' && !this.#ended) this.#fail('there is no # EOF');
    this.#closeFamily();
    return this.#families.map(({ name, type, help, samples }) => ({
      name,
      type: type ?? this.#defaultType,
      help,
      samples,
    }));
  }

  get #defaultType(): string {
    return this.#format === 'text' ? 'untyped' : 'unknown';
  }

  #fail(rule: string): never {
    throw new ExpositionError(this.#line, rule);
  }

  #readComment(line: string): void {
    if (this.#format === 'openmetrics') this.#fail(line === '' ? 'a blank line' : 'a comment or an unknown keyword');
  }

  #readMetadata(line: string): void {
    const keyword = line.slice(2, 6);
    const rest = line.slice('# HELP '.length);
    const space = rest.indexOf(' ');
    const name = space < 0 ? rest : rest.slice(0, space);
    const text = space < 0 ? '' : rest.slice(space + 1);
    if (!METRIC_NAME.test(name)) this.#fail(`${keyword} of an invalid name`);
    const family = this.#familyForMetadata(name);
    if (family.samples.length > 0) this.#fail(`${keyword} behind samples of its family`);
    if (keyword === 'HELP') {
      if (family.help !== undefined) this.#fail('a second HELP');
      family.help = this.#unescape(text, this.#format === 'text' ? '\\n' : '\\n"');
    } else {
      if (family.type !== undefined) this.#fail('a second TYPE');
      if (!TYPES[this.#format].includes(text)) this.#fail('an unknown TYPE');
      family.type = text;
    }
  }

  #familyForMetadata(name: string): OpenFamily {
    const current = this.#families.at(-1);
    return current?.name === name ? current : this.#openFamily(name);
  }

  #openFamily(name: string): OpenFamily {
    this.#closeFamily();
    const owner = this.#ownerOfName.get(name);
    if (owner !== undefined) this.#fail(`the family ${name} is interleaved with, or clashes with, ${owner}`);
    const family: OpenFamily = {
      name,
      type: undefined,
      help: undefined,
      samples: [],
      leftMetrics: new Set(),
      metric: undefined,
    };
    this.#families.push(family);
    return family;
  }

  /** Checks what can only be known of a whole family, and takes its names. */
  #closeFamily(): void {
    const family = this.#families.at(-1);
    if (family === undefined) return;
    if (family.type === 'histogram') this.#checkBounds(family, 'le');
    if (family.type === 'summary') this.#checkBounds(family, 'quantile');
    for (const name of listNames(family, this.#format)) {
      const owner = this.#ownerOfName.get(name);
      if (owner !== undefined) this.#fail(`the names of ${family.name} clash with those of ${owner}`);
      this.#ownerOfName.set(name, family.name);
    }
  }

  #checkBounds(family: OpenFamily, label: string): void {
    const boundsOfMetric = new Map<string, number[]>();
    for (const sample of family.samples) {
      const bounds = getOrSet(boundsOfMetric, describeLabels(sample.labels, label), () => []);
      const text = sample.labels.get(label);
      if (text === undefined || (label === 'le' && sample.name !== `${family.name}_bucket`)) continue;
      const bound = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text.replace('Inf', 'Infinity'));
      const last = bounds.at(-1);
      if (last !== undefined && bound <= last) this.#fail(`the ${label}s of ${family.name} do not ascend`);
      bounds.push(bound);
    }
    if (label !== 'le') return;
    for (const bounds of boundsOfMetric.values()) {
      if (bounds.at(-1) !== Number.POSITIVE_INFINITY) this.#fail(`${family.name} has no +Inf bucket`);
    }
  }

  #readSample(line: string): void {
    const cursor = new Cursor(line, (rule) => this.#fail(rule));
    const name = cursor.readUntil(/[{ ]/);
    if (!METRIC_NAME.test(name)) this.#fail('an invalid metric name');
    const labels = cursor.peek() === '{' ? this.#readLabels(cursor) : new Map<string, string>();
    cursor.expect(' ');
    const [valueText = '', timestampText, ...more] = cursor.rest().split(' ');
    if (more.length > 0) this.#fail('something behind the timestamp');
    const sample = {
      name,
      labels,
      value: this.#readNumber(valueText),
      ...(timestampText === undefined ? {} : { timestamp: this.#readTimestamp(timestampText) }),
    };
    this.#checkUnique(sample);
    this.#place(sample);
  }

  #readLabels(cursor: Cursor): ReadonlyMap<string, string> {
    const labels = new Map<string, string>();
    cursor.expect('{');
    while (cursor.peek() !== '}') {
      if (labels.size > 0) cursor.expect(',');
      const name = cursor.readUntil(/=/);
      if (!LABEL_NAME.test(name)) this.#fail('an invalid label name');
      if (name === '__name__') this.#fail('__name__ is no label');
      if (labels.has(name)) this.#fail('a label name twice');
      cursor.expect('="');
      labels.set(name, this.#unescape(cursor.readQuoted(), '\\n"'));
      cursor.expect('"');
    }
    cursor.expect('}');
    return labels;
  }

  #unescape(text: string, escapes: string): string {
    return text.replace(/\\(.?)|"/g, (found, character: string | undefined) => {
      if (found === '"') return escapes.includes('"') ? this.#fail('a quote that is not escaped') : found;
      if (character === undefined || character === '' || !escapes.includes(character)) this.#fail('an unknown escape');
      return character === 'n' ? '\n' : character;
    });
  }

  #readNumber(text: string): number {
    if (text === 'NaN') return Number.NaN;
    if (text === '+Inf') return Number.POSITIVE_INFINITY;
    if (text === '-Inf') return Number.NEGATIVE_INFINITY;
    if (!DECIMAL.test(text)) this.#fail('the value is not a number');
    const value = Number(text);
    if (!Number.isFinite(value)) this.#fail('the value is beyond a 64-bit float');
    return value;
  }

  #readTimestamp(text: string): number {
    if (!(this.#format === 'text' ? /^-?\d+$/ : DECIMAL).test(text)) this.#fail('an invalid timestamp');
    return Number(text);
  }

  #checkUnique({ name, labels, timestamp }: ParsedSample): void {
    const series = `${name}${describeLabels(labels)}@${timestamp}`;
    if (this.#series.has(series)) this.#fail('the same series twice');
    this.#series.add(series);
  }

  #place(sample: ParsedSample): void {
    const current = this.#families.at(-1);
    if (current !== undefined && this.#belongs(sample, current)) {
      this.#checkGrouping(sample, current);
      current.samples.push(sample);
    } else {
      this.#openFamily(sample.name).samples.push(sample);
    }
  }

  #belongs({ name, labels }: ParsedSample, family: OpenFamily): boolean {
    const suffix = name.startsWith(family.name) ? name.slice(family.name.length) : undefined;
    if (suffix === undefined) return false;
    switch (family.type) {
      case 'histogram':
        if (suffix === '_bucket') this.#checkBound(labels, 'le');
        return ['_bucket', '_sum', '_count'].includes(suffix) || (suffix === '_created' && this.#isOpenMetrics);
      case 'summary':
        if (suffix === '') this.#checkBound(labels, 'quantile');
        return ['', '_sum', '_count'].includes(suffix) || (suffix === '_created' && this.#isOpenMetrics);
      case 'counter':
        return this.#isOpenMetrics ? ['_total', '_created'].includes(suffix) : suffix === '';
      default:
        return suffix === '';
    }
  }

  get #isOpenMetrics(): boolean {
    return this.#format === 'openmetrics';
  }

  #checkBound(labels: ReadonlyMap<string, string>, label: string): void {
    const text = labels.get(label);
    if (text === undefined) this.#fail(`there is no ${label}`);
    if (text === '+Inf' || text === '-Inf') return;
    if (!DECIMAL.test(text) || !Number.isFinite(Number(text))) this.#fail(`the ${label} is not a number`);
    if (this.#isOpenMetrics && !isCanonicalNumber(text)) this.#fail(`the ${label} is not canonical`);
  }

  /** OpenMetrics, "Text format": the samples of one label set stand together. */
  #checkGrouping(sample: ParsedSample, family: OpenFamily): void {
    if (!this.#isOpenMetrics) return;
    const own = family.type === 'histogram' ? 'le' : family.type === 'summary' ? 'quantile' : undefined;
    const metric = describeLabels(sample.labels, own);
    if (metric === family.metric) return;
    if (family.leftMetrics.has(metric)) this.#fail('the samples of a label set are interleaved with others');
    if (family.metric !== undefined) family.leftMetrics.add(family.metric);
    family.metric = metric;
  }
}

/** Walks over one line. */
class Cursor {
  readonly #line: string;
  readonly #fail: (rule: string) => never;
  #at = 0;

  constructor(line: string, fail: (rule: string) => never) {
    this.#line = line;
    this.#fail = fail;
  }

  peek(): string {
    return this.#line.charAt(this.#at);
  }

  expect(text: string): void {
    if (!this.#line.startsWith(text, this.#at)) this.#fail(`'${text}' is missing`);
    this.#at += text.length;
  }

  readUntil(end: RegExp): string {
    const length = this.#line.slice(this.#at).search(end);
    if (length < 0) this.#fail(`the line ends where ${end.source} is missing`);
    return this.#take(length);
  }

  /** Up to the quote that ends a label value, with its escapes. */
  readQuoted(): string {
    let end = this.#at;
    while (end < this.#line.length && this.#line[end] !== '"') end += this.#line[end] === '\\' ? 2 : 1;
    if (end >= this.#line.length) this.#fail('a label value without an end');
    return this.#take(end - this.#at);
  }

  rest(): string {
    return this.#take(this.#line.length - this.#at);
  }

  #take(length: number): string {
    const text = this.#line.slice(this.#at, this.#at + length);
    this.#at += length;
    return text;
  }
}

/**
 * The names that are a family's own. OpenMetrics reserves `_created` too; only for counters can an exporter always
 * heed that, as it may call one `unknown`.
 */
function listNames({ name, type }: OpenFamily, format: ParsedFormat): readonly string[] {
  switch (type) {
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`];
    case 'counter':
      return format === 'text' ? [name] : [name, `${name}_total`, `${name}_created`];
    default:
      return [name];
  }
}

/** The labels in a fixed order. An empty one is none (Prometheus' data model). */
export function describeLabels(labels: ReadonlyMap<string, string>, without?: string): string {
  const pairs = [...labels].filter(([name, value]) => name !== without && value !== '');
  return JSON.stringify(pairs.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/**
 * OpenMetrics 1.0, "Canonical Numbers": Go's `%g` with the shortest digits, and `.0` behind what would be an integer.
 * Fixed point from 0.0001 up to, and without, 1e+06.
 */
function isCanonicalNumber(text: string): boolean {
  const [, digits = '', exponent] = /^-?([\d.]+)(?:e([+-]\d{2,}))?$/.exec(text) ?? [];
  const value = Math.abs(Number(text));
  const isFixed = value === 0 || (value >= 1e-4 && value < 1e6);
  if (isFixed !== (exponent === undefined)) return false;
  if (significantDigits(digits) !== significantDigits(value.toExponential().replace(/e.*/, ''))) return false;
  if (exponent === undefined) return /^(0|[1-9]\d*)\.(0|\d*[1-9])$/.test(digits);
  return /^[1-9](\.\d*[1-9])?$/.test(digits) && !/^[+-]0\d{2,}$/.test(exponent);
}

function significantDigits(number: string): string {
  return number.replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
}

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
