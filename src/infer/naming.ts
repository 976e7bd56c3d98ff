import { dropRepeats, isPlural, joinWords, splitWords, toSingular } from './words.js';

/** Words that say nothing of what an element is. */
const GENERIC =
  /^(items?|data|results?|lists?|elements?|entry|entries|records?|rows?|values?|objects?|details?|response|body|payload|children|hits|nodes?|d|output|table)$/;

/** Whether a word says nothing of what an element is; no word does not either. */
export function isGeneric(word: string): boolean {
  return word === '' || GENERIC.test(word);
}

/** Keys that only wrap what is of interest. */
const WRAPPERS =
  /^(data|result|results|response|body|payload|attributes|properties|metrics|stats|statistics|output|values|details|d)$/;

/** The key that says what the elements below keys are; undefined where none does. */
function findNounKey(keys: readonly string[]): string | undefined {
  return [...keys].reverse().find((key) => {
    const words = splitWords(key);
    return words.length > 1 || !isGeneric(words[0] ?? '');
  });
}

/** What an element is called: the singular of the key that leads to it. No words where no key says it. */
export function findNoun(keys: readonly string[]): readonly string[] {
  const words = splitWords(findNounKey(keys) ?? '');
  const clean = words.length > 1 && /^(table|list|stats|info)$/.test(words.at(-1) ?? '') ? words.slice(0, -1) : words;
  const own = clean.filter((word) => !/^(by|per)$/.test(word)).slice(-3);
  return own.map((word, i) => (i === own.length - 1 ? toSingular(word) : word));
}

/** What all elements together are called. */
export function findPlural(keys: readonly string[]): readonly string[] {
  const words = splitWords(findNounKey(keys) ?? '');
  return words.length === 0 ? ['elements'] : gaugeName(words);
}

/** The words of the keys of a value, without those that only wrap others. */
export function nameKeys(keys: readonly string[]): readonly string[] {
  const kept = keys.filter((key, i) => i === keys.length - 1 || !WRAPPERS.test(key.toLowerCase()));
  const last = kept.at(-1) ?? '';
  const above = splitWords(kept.at(-2) ?? '');
  // threads: {count: 5} are threads, and metadata: {count: 5} is none.
  const isGeneric =
    above.length > 0 && (/^value$/i.test(last) || (/^count$/i.test(last) && isPlural(above.at(-1) ?? '')));
  // Of an annotation such as kubernetes.io/leader, what it is and not whose.
  const own = (isGeneric ? kept.slice(0, -1) : kept).map((key) => key.slice(key.lastIndexOf('/') + 1));
  return dropRepeats(own.flatMap(splitWords)).slice(-8);
}

/** The words of a list or map of numbers: `requests_by_user` gives requests. */
export function nameNumbers(keys: readonly string[]): readonly string[] {
  const words = nameKeys(keys);
  const at = words.findIndex((word) => /^(by|per)$/.test(word));
  return at > 0 && at === words.length - 2 ? words.slice(0, at) : words;
}

/** A gauge ends in neither total nor created, and is no info metric. */
export function gaugeName(words: readonly string[]): readonly string[] {
  const last = words.at(-1);
  if (last === 'total') return words.length === 1 ? ['total', 'value'] : ['total', ...words.slice(0, -1)];
  return last === 'created' || last === 'info' ? [...words, 'count'] : words;
}

/** The name of a family: `prefix` ends in the noun, which is not said twice. */
export function nameFamily(
  { prefix, noun }: { readonly prefix: string; readonly noun: readonly string[] },
  words: readonly string[],
): string {
  const repeatsNoun = noun.length > 0 && words.length > noun.length && noun.every((word, i) => words[i] === word);
  const rest = repeatsNoun ? words.slice(noun.length) : words;
  return `${prefix}_${joinWords(rest.length === 0 ? ['value'] : rest).replace(/^_/, '')}`;
}

/** The name of the label of a field: the noun, where the field is what an element is called. */
export function nameLabel(keys: readonly string[], noun: readonly string[]): string {
  const last = keys.at(-1) ?? '';
  const isGeneric = keys.length === 0 || /^(name|id|key|title|of|idx|index|full_?name|.*_idx)$/i.test(last);
  if (noun.length > 0 && isGeneric) return joinWords(noun);
  const words = splitWords(last);
  return words.length === 0 ? 'name' : joinWords(words);
}

/** A name for a label that none of `taken` has, and that no format has for itself. */
export function freeLabel(
  wanted: string,
  taken: readonly { readonly name: string }[],
  noun: readonly string[],
): string {
  const safe = /^(le|quantile|__.*|)$/.test(wanted) ? `${wanted.replace(/^_+/, '')}_label` : wanted;
  const isFree = (name: string) => taken.every((label) => label.name !== name);
  const longer = `${joinWords(noun)}_${safe}`;
  if (isFree(safe)) return safe;
  if (noun.length > 0 && isFree(longer)) return longer;
  for (let n = 2; ; n++) if (isFree(`${safe}_${n}`)) return `${safe}_${n}`;
}
