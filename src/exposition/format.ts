/** The formats in which a scrape can be written. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** What a format wants that another does not. */
export interface FormatRules {
  readonly contentType: string;
  /** Whether a counter's TYPE and HELP go by its name without `_total`. */
  readonly stripsTotal: boolean;
  /** What the format calls a metric of no known type. */
  readonly untyped: string;
  /** Divides the milliseconds of a timestamp. */
  readonly timestampUnitMs: number;
  /** Whether `le` and `quantile` are floating-point numbers in canonical form: `1.0` and not `1`. */
  readonly canonicalBounds: boolean;
  readonly escapesHelpQuotes: boolean;
  readonly ending: string;
}

/**
 * Sources: Prometheus' "Exposition formats" (text 0.0.4) and the OpenMetrics 1.0 specification.
 */
export const formatRules: Readonly<Record<ExpositionFormat, FormatRules>> = {
  text: {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    stripsTotal: false,
    untyped: 'untyped',
    timestampUnitMs: 1,
    canonicalBounds: false,
    escapesHelpQuotes: false,
    ending: '',
  },
  openmetrics: {
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    stripsTotal: true,
    untyped: 'unknown',
    timestampUnitMs: 1000,
    canonicalBounds: true,
    escapesHelpQuotes: true,
    ending: '# EOF\n',
  },
};
