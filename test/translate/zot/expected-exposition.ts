import { describeLabels, type ParsedFamily } from '../../support/exposition-parser.js';

/**
 * What zxp promises to expose of a zot document, worked out the slow and simple way: the contract of
 * `behaviour.md`, "zot's JSON", a second time.
 */
export interface Expectation {
  /** By the name that the text format gives the family. */
  readonly families: ReadonlyMap<string, ExpectedFamily>;
  readonly droppedByCause: Readonly<Record<string, number>>;
}

export interface ExpectedFamily {
  readonly type: string;
  /** The zot names that become this metric name; the help names one of them. */
  readonly zotNames: ReadonlySet<string>;
  readonly values: SeriesValues;
}

/** Values by series, bounds as the numbers that they are. */
export type SeriesValues = ReadonlyMap<string, number>;

interface Line {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

interface Candidate {
  readonly type: string;
  readonly name: string;
  readonly zotNames: Set<string>;
  readonly rows: { readonly series: string; readonly lines: readonly Line[] }[];
}

type Row = Readonly<Record<string, unknown>> & { readonly Name: string };

const kinds = [
  { list: 'Counters', type: 'counter', numbers: ['Count'], leastSamples: 1, reserved: undefined, suffixes: [''] },
  { list: 'Gauges', type: 'gauge', numbers: ['Value'], leastSamples: 1, reserved: undefined, suffixes: [''] },
  {
    list: 'Summaries',
    type: 'summary',
    numbers: ['Count', 'Sum'],
    leastSamples: 2,
    reserved: 'quantile',
    suffixes: ['', '_sum', '_count'],
  },
  {
    list: 'Histograms',
    type: 'histogram',
    numbers: ['Count', 'Sum'],
    leastSamples: 3,
    reserved: 'le',
    suffixes: ['', '_bucket', '_sum', '_count'],
  },
] as const;

type Kind = (typeof kinds)[number];

/** Undefined where the document is not zot's: there are rows, and none of them is well-formed. */
export function expectExposition(
  document: Readonly<Record<string, unknown>>,
  takenNames: Iterable<string>,
): Expectation | undefined {
  const dropped: Record<string, number> = {};
  const drop = (cause: string, samples: number) => {
    dropped[cause] = (dropped[cause] ?? 0) + samples;
  };
  const candidates = kinds.flatMap((kind) => groupRows(kind, asList(document[kind.list]), drop));
  const rowCount = kinds.flatMap(({ list }) => asList(document[list])).length;
  if (rowCount > 0 && dropped.shape === rowCount) return undefined;
  const taken = new Set(takenNames);
  const families = new Map<string, ExpectedFamily>();
  for (const candidate of candidates) {
    const kind = kinds.find(({ type }) => type === candidate.type);
    const names = (kind?.suffixes ?? []).map((suffix) => candidate.name + suffix);
    if (names.some((name) => taken.has(name))) {
      drop('collision', candidate.rows.flatMap(({ lines }) => lines).length);
      continue;
    }
    for (const name of names) taken.add(name);
    families.set(candidate.name, keepFirstOfSeries(candidate, drop));
  }
  return { families, droppedByCause: dropped };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

type CountDrop = (cause: string, samples: number) => void;

function groupRows(kind: Kind, rows: readonly unknown[], drop: CountDrop): readonly Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const row of rows) {
    if (!isRow(row, kind)) drop('shape', 1);
    else placeRow(row, kind, candidates, drop);
  }
  return [...candidates.values()].filter((candidate) => candidate.rows.length > 0);
}

function placeRow(row: Row, kind: Kind, candidates: Map<string, Candidate>, drop: CountDrop): void {
  const numbers = kind.numbers.map((field) => toNumber(row[field])).filter((number) => number !== undefined);
  const [first = 0, second = 0] = numbers;
  if (numbers.length < kind.numbers.length) {
    drop('value', kind.leastSamples);
    return;
  }
  const buckets = kind.type === 'histogram' ? readBuckets(row.Buckets, first) : { bounds: [], repeats: 0 };
  if (buckets === undefined) {
    drop('bucket', kind.leastSamples);
    return;
  }
  const samples = buckets.bounds.length + numbers.length;
  const name = toFamilyName(row.Name, kind);
  if (name === undefined) {
    drop('name', samples);
    return;
  }
  const candidate: Candidate = candidates.get(name) ?? { type: kind.type, name, zotNames: new Set(), rows: [] };
  candidates.set(name, candidate);
  candidate.zotNames.add(row.Name);
  const labels = readLabels(row, kind);
  if (labels === undefined) {
    drop('label', samples);
    return;
  }
  if (buckets.repeats > 0) drop('duplicate', buckets.repeats);
  const lines: Line[] = buckets.bounds.map(([bound, value]) => ({
    name: `${name}_bucket`,
    labels: new Map([...labels, ['le', String(bound)]]),
    value,
  }));
  if (numbers.length === 1) lines.push({ name, labels, value: first });
  else lines.push({ name: `${name}_sum`, labels, value: second }, { name: `${name}_count`, labels, value: first });
  candidate.rows.push({ series: describeLabels(labels), lines });
}

function keepFirstOfSeries({ type, zotNames, rows }: Candidate, drop: CountDrop): ExpectedFamily {
  const seen = new Set<string>();
  const values = new Map<string, number>();
  for (const { series, lines } of rows) {
    if (seen.has(series)) drop('duplicate', lines.length);
    else for (const line of lines) values.set(describeSeries(line, type), line.value);
    seen.add(series);
  }
  return { type, zotNames, values };
}

function isRow(row: unknown, kind: Kind): row is Row {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  const fields: Readonly<Record<string, unknown>> = { ...row };
  const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'string';
  const isTexts = (value: unknown) =>
    value === undefined || value === null || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
  const isBuckets = (value: unknown) =>
    value === undefined ||
    value === null ||
    (typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(isNumber));
  return (
    typeof fields.Name === 'string' &&
    kind.numbers.every((name) => isNumber(fields[name])) &&
    isTexts(fields.LabelNames) &&
    isTexts(fields.LabelValues) &&
    (kind.type !== 'histogram' || isBuckets(fields.Buckets))
  );
}

/** Bounds with their counts, equal bounds once, and how many others there are. */
function readBuckets(value: unknown, total: number) {
  const entries = Object.entries(value ?? {});
  const counts = new Map<number, number>();
  let repeats = 0;
  for (const [key, count] of entries) {
    const bound = toBound(key);
    if (bound === undefined) return undefined;
    const number = toNumber(count);
    if (counts.has(bound)) repeats++;
    else if (number === undefined) return undefined;
    else counts.set(bound, number);
  }
  if (!counts.has(Number.POSITIVE_INFINITY)) counts.set(Number.POSITIVE_INFINITY, total);
  return { bounds: [...counts], repeats };
}

function toBound(key: string): number | undefined {
  const special = toSpecialNumber(key);
  if (special !== undefined) return Number.isNaN(special) ? undefined : special;
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(key)) return undefined;
  // A map does not tell -0 from 0, but text does.
  return Number(key) === 0 ? 0 : Number(key);
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : toSpecialNumber(String(value));
}

function toSpecialNumber(text: string): number | undefined {
  const [, sign = '', word = ''] = /^([+-]?)(nan|inf|infinity)$/i.exec(text) ?? [];
  if (word === '' || (word.toLowerCase() === 'nan' && sign !== '')) return undefined;
  if (word.toLowerCase() === 'nan') return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function toFamilyName(zotName: string, kind: Kind): string | undefined {
  if (zotName === '') return undefined;
  const name = replaceForbidden(zotName, /[a-zA-Z0-9_:]/);
  return kind.type === 'counter' ? `${name}_total` : name;
}

function readLabels(row: Row, kind: Kind): ReadonlyMap<string, string> | undefined {
  const names = asList(row.LabelNames).map((name) => replaceForbidden(String(name), /[a-zA-Z0-9_]/));
  const values = asList(row.LabelValues).map((value) => toWellFormed(String(value)));
  const isBad = names.some((name) => name === '' || name.startsWith('__') || name === kind.reserved);
  if (isBad || names.length !== values.length || new Set(names).size !== names.length) return undefined;
  return new Map(names.map((name, i) => [name, values[i] ?? '']));
}

/** As UTF-8 can say it. */
export function toWellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Character by character, a surrogate pair being one. */
function replaceForbidden(text: string, allowed: RegExp): string {
  return [...text]
    .map((character, i) => (allowed.test(character) && !(i === 0 && /\d/.test(character)) ? character : '_'))
    .join('');
}

/** The series of a parsed exposition, by the text format's name of their family. */
export function listSeries(families: readonly ParsedFamily[]): ReadonlyMap<string, SeriesValues> {
  return new Map(
    families.map(({ name, type, samples }) => {
      const values = new Map(samples.map((sample) => [describeSeries(sample, type), sample.value]));
      return [
        type === 'counter' && samples.some((sample) => sample.name === `${name}_total`) ? `${name}_total` : name,
        values,
      ];
    }),
  );
}

/** Bounds become numbers, for formats may write them differently. */
function describeSeries({ name, labels }: Omit<Line, 'value'>, type: string): string {
  const bound = labels.get('le');
  if (type !== 'histogram' || bound === undefined) return `${name} ${describeLabels(labels)}`;
  const number = Number(bound.replace(/Inf$/, 'Infinity'));
  return `${name} ${describeLabels(new Map([...labels, ['le', String(number)]]))}`;
}
