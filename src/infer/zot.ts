import { isFields, ownField } from '../golang/values.js';

const LISTS = ['Counters', 'Gauges', 'Summaries', 'Histograms'];

/** Whether a document is the JSON of zot's monitoring, with rows that all can be translated. */
export function isZotDocument(document: unknown): boolean {
  if (!isFields(document) || !Object.keys(document).every((key) => LISTS.includes(key))) return false;
  const seen = new Set<string>();
  let rows = 0;
  for (const list of LISTS) {
    const found = ownField(document, list) ?? [];
    if (!Array.isArray(found)) return false;
    for (const row of found) {
      const key = readRow(list, row);
      if (key === undefined || seen.has(key)) return false;
      seen.add(key);
      rows++;
    }
  }
  return rows > 0;
}

/** Name and labels; undefined for a row that is not zot's. */
function readRow(list: string, row: unknown): string | undefined {
  if (!isFields(row) || !('LabelNames' in row) || !('LabelValues' in row)) return undefined;
  const { Name: name, LabelNames: names, LabelValues: values, Buckets: buckets } = row;
  if (typeof name !== 'string' || !/^[a-z][a-z\d._]*$/.test(name)) return undefined;
  if ((names === null) !== (values === null)) return undefined;
  if (names !== null && !(areTexts(names) && areTexts(values) && names.length === values.length)) return undefined;
  const numbers = list === 'Gauges' ? ['Value'] : list === 'Counters' ? ['Count'] : ['Count', 'Sum'];
  if (!numbers.every((key) => Number.isFinite(ownField(row, key)))) return undefined;
  if (list === 'Histograms' && !(isFields(buckets) && Object.values(buckets).every((count) => Number.isFinite(count))))
    return undefined;
  if (areTexts(names) && !areLabelNames(names)) return undefined;
  const labels = areTexts(names) ? names.map((each, i) => [each, areTexts(values) ? values[i] : '']).sort() : [];
  return JSON.stringify([name.replace(/\./g, '_'), labels]);
}

/** Whether none is dropped, for what it is or for being there twice. */
function areLabelNames(names: readonly string[]): boolean {
  return (
    names.every((name) => /^[a-zA-Z][a-zA-Z0-9_]*$/.test(name) && !/^(le|quantile)$/.test(name)) &&
    new Set(names).size === names.length
  );
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
