/** What one scrape may cost at most. Beyond any of these the whole scrape fails: `too_large`, or `limit`. */
export interface ScrapeLimits {
  /** Bytes of the upstream's reply, after decompression. */
  readonly bodyBytes: number;
  /** Levels of arrays and objects in the document. */
  readonly depth: number;
  /** Arrays and objects in the document. */
  readonly nodes: number;
  /** Samples, that is lines of the exposition. */
  readonly series: number;
  /** Labels of one series. */
  readonly labels: number;
  /** Length of a label name or value, in UTF-16 code units. */
  readonly labelLength: number;
}
