import { compileGuard } from '../../schema/guard.js';

/** A value: Go's encoder has no word for NaN and the infinities, so relays of zot's JSON send them as strings. */
type ZotNumber = number | string;

export interface ZotRow {
  readonly Name: string;
  readonly LabelNames?: readonly string[] | null;
  readonly LabelValues?: readonly string[] | null;
}

export interface ZotCounter extends ZotRow {
  readonly Count: ZotNumber;
}

export interface ZotGauge extends ZotRow {
  readonly Value: ZotNumber;
}

export interface ZotSummary extends ZotRow {
  readonly Count: ZotNumber;
  readonly Sum: ZotNumber;
}

export interface ZotHistogram extends ZotSummary {
  /** Cumulative counts by upper bound, the bounds as text. */
  readonly Buckets?: Readonly<Record<string, ZotNumber>> | null;
}

/** The lists of zot's JSON, in the order of the exposition. */
export const zotLists = ['Counters', 'Gauges', 'Summaries', 'Histograms'] as const;

/** zot's JSON as a whole: `pkg/extensions/monitoring/minimal.go` of zot v2.1, type MetricsInfo. */
export interface ZotDocument {
  readonly Counters?: readonly ZotCounter[] | null;
  readonly Gauges?: readonly ZotGauge[] | null;
  readonly Summaries?: readonly ZotSummary[] | null;
  readonly Histograms?: readonly ZotHistogram[] | null;
}

/** The same with rows that nobody has looked at yet. */
export type ZotEnvelope = { readonly [List in keyof ZotDocument]?: readonly unknown[] | null };

const number = { type: ['number', 'string'] };
const labels = { type: ['array', 'null'], items: { type: 'string' } };

function rowSchema(values: Record<string, object>, required: readonly string[]) {
  return {
    type: 'object',
    required: ['Name', ...required],
    properties: { Name: { type: 'string' }, LabelNames: labels, LabelValues: labels, ...values },
  };
}

const counterSchema = rowSchema({ Count: number }, ['Count']);
const gaugeSchema = rowSchema({ Value: number }, ['Value']);
const summarySchema = rowSchema({ Count: number, Sum: number }, ['Count', 'Sum']);
const histogramSchema = rowSchema(
  { Count: number, Sum: number, Buckets: { type: ['object', 'null'], additionalProperties: number } },
  ['Count', 'Sum'],
);

function documentSchema(list: object) {
  return {
    type: 'object',
    // An empty object has every list absent; any other object without one of them is somebody else's JSON.
    anyOf: [...zotLists.map((name) => ({ required: [name] })), { maxProperties: 0 }],
    properties: {
      Counters: list,
      Gauges: list,
      Summaries: list,
      Histograms: list,
    },
  };
}

/** The four lists, whatever their rows are. */
export const zotEnvelope = compileGuard<ZotEnvelope>(documentSchema({ type: ['array', 'null'] }));

export const zotRows = {
  Counters: compileGuard<ZotCounter>(counterSchema),
  Gauges: compileGuard<ZotGauge>(gaugeSchema),
  Summaries: compileGuard<ZotSummary>(summarySchema),
  Histograms: compileGuard<ZotHistogram>(histogramSchema),
};
