import { ZxpError } from './errors.js';

/** What one scrape may cost at most. Beyond any of these the whole scrape fails: `too_large`, or `limit`. */
export interface ScrapeLimits {
  /** Bytes of the upstream's reply, after decompression. */
  readonly bodyBytes: number;
  /** Levels of arrays and objects in the document. */
  readonly depth: number;
  /** Arrays and objects in the document; elements of any kind that one metric goes through. */
  readonly nodes: number;
  /** Samples, that is lines of the exposition. */
  readonly series: number;
  /** Labels of one series. */
  readonly labels: number;
  /** Length of a label name or value, in UTF-16 code units. */
  readonly labelLength: number;
}

/** What a JSON document may hold, whatever it is for. */
export type DocumentLimits = Pick<ScrapeLimits, 'depth' | 'nodes'>;

/** What to throw where a reply is larger than it may be. */
export function tooLarge(maxBytes: number): ZxpError {
  return new ZxpError('too_large', `the reply is larger than ${maxBytes} bytes`, {
    hint: 'raise limits.body_size, or have the upstream say less',
  });
}

/** What to throw where a scrape has more samples than it may. */
export function tooManySeries({ series }: ScrapeLimits): ZxpError {
  return new ZxpError('limit', `the upstream has more than ${series} series`, {
    hint: 'raise limits.series, or have the upstream export less',
  });
}

/** What to throw where a metric goes through more elements than a document may have. */
export function tooManyElements(metricName: string, { nodes }: ScrapeLimits): ZxpError {
  return new ZxpError('limit', `${metricName} goes through more than ${nodes} elements`, {
    hint: 'raise limits.nodes if that is meant',
  });
}

/** What to throw where a family has a series with too many labels. */
export function tooManyLabels(familyName: string, count: number): ZxpError {
  return tooMuch(familyName, { what: `a series with ${count} labels`, limit: 'labels' });
}

/** What to throw where a family's name, or the name or value of one of its labels, is too long. */
export function tooLongText(familyName: string, length: number): ZxpError {
  return tooMuch(familyName, { what: `a name or label of ${length} characters`, limit: 'label_length' });
}

function tooMuch(familyName: string, { what, limit }: { readonly what: string; readonly limit: string }): ZxpError {
  const name = familyName.length > 100 ? `${familyName.slice(0, 100)}...` : familyName;
  return new ZxpError('limit', `${name} has ${what}`, { hint: `raise limits.${limit} if that is meant` });
}
