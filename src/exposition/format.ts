import type { ExpositionFormat } from '../model/metrics.js';

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
  /** Whether names may have any character. */
  readonly takesUtf8: boolean;
  readonly ending: string;
}

const text: FormatRules = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  stripsTotal: false,
  untyped: 'untyped',
  timestampUnitMs: 1,
  canonicalBounds: false,
  escapesHelpQuotes: false,
  takesUtf8: false,
  ending: '',
};

const openmetrics: FormatRules = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  stripsTotal: true,
  untyped: 'unknown',
  timestampUnitMs: 1000,
  canonicalBounds: true,
  escapesHelpQuotes: true,
  takesUtf8: false,
  ending: '# EOF\n',
};

/** Sources: Prometheus' "Exposition formats" (text 0.0.4, 1.0.0) and the OpenMetrics 1.0 specification. */
export const formatRules: Readonly<Record<ExpositionFormat, FormatRules>> = {
  text,
  openmetrics,
  'text-utf8': {
    ...text,
    contentType: 'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    takesUtf8: true,
  },
  'openmetrics-utf8': {
    ...openmetrics,
    contentType: `${openmetrics.contentType}; escaping=allow-utf-8`,
    takesUtf8: true,
  },
};
