/** Fields of the elements of one array, as places in the bytes of a document: nothing of them was made texts or numbers. */
export interface RowPlaces {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly fieldCount: number;
  /**
   * For each row in turn, for each field in turn: where its text begins, and where it ends. A text is printable ASCII without
   * quotes and backslashes. Where the end is negative, `~end`, it is `true`, `false`, or a number that could be written shorter.
   */
  readonly places: Int32Array;
  /** Where each text of a list begins and ends. A list has two places: 1 + the index of its first text, and how many there are. */
  readonly texts: Int32Array;
}

/** A metric whose labels and values are fields of the elements of one array. */
export interface PlacedMetric {
  readonly labelNames: readonly string[];
  /** The field that has the value of each label, but for the last ones. */
  readonly labelFields: readonly number[];
  /** The values of the last labels, which are the same in each row. */
  readonly staticValues: readonly string[];
  /** Its families, each with the field that has its values. */
  readonly families: readonly PlacedFamily[];
}

export interface PlacedFamily {
  readonly name: string;
  readonly field: number;
}
