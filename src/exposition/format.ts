import type { EscapingScheme, ExpositionFormat, FormatName } from '../model/metrics.js';

/** How an exposition is written and called. There is one of each, so that rules can be compared by identity. */
export interface FormatRules {
  readonly name: FormatName;
  readonly escaping: EscapingScheme;
  readonly contentType: string;
  readonly ending: string;
}

/**
 * Sources: Prometheus' "Exposition formats", the OpenMetrics specifications 1.0 and 2.0-rc0. A format of today names
 * its escaping, except for underscores, which is what every scraper takes for granted, and except for protobuf.
 */
const contentTypes: Readonly<Record<FormatName, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  openmetrics2: 'application/openmetrics-text; version=2.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

/** The rules of every format. */
export const formatRules: Readonly<Record<ExpositionFormat, FormatRules>> = {
  text: makeRules('text', 'underscores'),
  'text-dots': makeRules('text', 'dots'),
  'text-values': makeRules('text', 'values'),
  'text-utf8': makeRules('text', 'allow-utf-8'),
  openmetrics: makeRules('openmetrics', 'underscores'),
  'openmetrics-dots': makeRules('openmetrics', 'dots'),
  'openmetrics-values': makeRules('openmetrics', 'values'),
  'openmetrics-utf8': makeRules('openmetrics', 'allow-utf-8'),
  openmetrics2: makeRules('openmetrics2', 'underscores'),
  'openmetrics2-dots': makeRules('openmetrics2', 'dots'),
  'openmetrics2-values': makeRules('openmetrics2', 'values'),
  'openmetrics2-utf8': makeRules('openmetrics2', 'allow-utf-8'),
  protobuf: makeRules('protobuf', 'underscores'),
  'protobuf-dots': makeRules('protobuf', 'dots'),
  'protobuf-values': makeRules('protobuf', 'values'),
  'protobuf-utf8': makeRules('protobuf', 'allow-utf-8'),
};

function makeRules(name: FormatName, escaping: EscapingScheme): FormatRules {
  const ending = name === 'openmetrics' || name === 'openmetrics2' ? '# EOF\n' : '';
  return { name, escaping, contentType: nameContentType(name, escaping), ending };
}

function nameContentType(name: FormatName, escaping: EscapingScheme): string {
  const contentType = contentTypes[name];
  if (name === 'protobuf' || escaping === 'underscores') return contentType;
  const base = name === 'text' ? contentType.replace('0.0.4', '1.0.0') : contentType;
  return `${base}; escaping=${escaping}`;
}

/** The format of a name that escapes in this way. */
export function withEscaping(name: FormatName, escaping: EscapingScheme): ExpositionFormat {
  switch (escaping) {
    case 'underscores':
      return name;
    case 'allow-utf-8':
      return `${name}-utf8`;
    default:
      return `${name}-${escaping}`;
  }
}
