/** The words of a key in lower case: `maxHeapBytes`, `max-heap bytes` and `Max_Heap_Bytes` give max, heap, bytes. */
export function splitWords(key: string): readonly string[] {
  return key
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['indices', 'index'],
  ['indexes', 'index'],
  ['vertices', 'vertex'],
  ['matrices', 'matrix'],
  ['people', 'person'],
  ['children', 'child'],
  ['caches', 'cache'],
  ['slaves', 'slave'],
  ['aliases', 'alias'],
  ['buses', 'bus'],
  ['series', 'series'],
  ['news', 'news'],
  ['data', 'data'],
  ['dns', 'dns'],
  ['shelves', 'shelf'],
  ['leaves', 'leaf'],
  ['halves', 'half'],
]);

/** The singular of a plural English noun; any other word as it is. */
export function toSingular(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (/[^aeiou]ies$/.test(word) && word.length > 4) return word.replace(/ies$/, 'y');
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.replace(/es$/, '');
  if (/(?:ss|us|is|os|as)$/.test(word) || word.length < 4) return word;
  return word.replace(/s$/, '');
}

/** Whether a word is the plural of a noun of which there can be many. */
export function isPlural(word: string): boolean {
  return toSingular(word) !== word;
}

/** A name of words, as metrics and labels may have it. A first digit gets `_` in front. */
export function joinWords(words: readonly string[]): string {
  const name = words.join('_');
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Words without one that follows itself: node, node, count gives node, count. */
export function dropRepeats(words: readonly string[]): readonly string[] {
  return words.filter((word, i) => i === 0 || (word !== words[i - 1] && toSingular(words[i - 1] ?? '') !== word));
}
