import { toNumber } from './column.js';
import type { Leaf, Scope } from './scopes.js';
import { splitWords } from './words.js';

/** A field whose values become a label. */
export interface LabelField {
  readonly keys: readonly string[];
  /** Whether some elements do not have it, or have null there. */
  readonly isPartial: boolean;
}

/** What tells the elements of a scope apart. */
export type Identity =
  | {
      readonly kind: 'fields';
      readonly fields: readonly LabelField[];
      readonly context: readonly LabelField[];
      readonly isGuess: boolean;
    }
  /** The index in a list. */
  | { readonly kind: 'index' };

const RANKS: readonly string[] =
  `fullname name id key uuid uid hostname host fqdn instance device server node address ip mac serial slug sku symbol
  queue topic job login username user email title label identifier reference ref path route url uri code pid port idx
  index number slot cpu core type kind of metric statistic tag location zone region vhost namespace path shelf
  interface mount mountpoint filesystem pool of state method status`.split(/\s+/);

const rankOf = new Map(RANKS.map((word, i) => [word, i]));

/** Numbers of these names tell things apart, and measure nothing. */
const NUMBERS =
  /^(id|uid|pid|gid|port|idx|index|number|slot|cpu|core|code|shard|partition|rank|no|key|uuid|serial|sku|tid)$/;

const CONTEXT =
  /^(namespace|vhost|zone|region|cluster|group|pool|type|kind|category|site|environment|env|team|tenant|database|db|schema|role|datacenter|unit)$/;

const FREE_TEXT =
  /^(description|desc|message|comment|text|error|reason|note|notes|summary|body|content|info|detail|details|hint|help|value|color|colour|trace|output|log|stack|stacktrace|exception|query|sql)$/;

/** Whether a field has texts that are written for people. */
export function isFreeText(keys: readonly string[]): boolean {
  return FREE_TEXT.test(splitWords(keys.at(-1) ?? '').at(-1) ?? '');
}

/** Whether a field only identifies something. */
export function isIdentifier(leaf: Leaf): boolean {
  const last = splitWords(leaf.keys.at(-1) ?? '').at(-1) ?? '';
  return /^(id|ids|uid|uuid|guid|pid|gid|idx|index|tid|zip|phone|port)$/.test(last);
}

interface Candidate extends LabelField {
  readonly rank: number;
  readonly texts: readonly string[];
}

const MAX_TRIED = 16;
const MAX_DISTANCE = 20;
const MAX_LABEL = 128;

/** Finds fields whose values together are different for all elements of each element of the parent scope. */
export function findIdentity(scope: Scope): Identity {
  const candidates = scope.leaves.flatMap((leaf) => readCandidate(leaf, scope)).sort((a, b) => a.rank - b.rank);
  const strong = candidates.filter(({ rank }) => rank < 1000).slice(0, MAX_TRIED);
  const chosen = choose(strong, scope) ?? choose(candidates.slice(0, MAX_TRIED), scope);
  if (chosen === undefined) return { kind: 'index' };
  const context = candidates.filter((each) => isContext(each, scope) && !chosen.includes(each)).slice(0, 2);
  const isGuess = chosen.some(({ rank }) => rank >= 1000) || chosen.length > 1;
  return { kind: 'fields', fields: chosen, context, isGuess };
}

function isContext({ keys, texts, isPartial }: Candidate, scope: Scope): boolean {
  const words = splitWords(keys.at(-1) ?? '');
  const different = new Set(texts).size;
  return (
    keys.length === 1 &&
    !isPartial &&
    CONTEXT.test(words.at(-1) ?? '') &&
    different > 1 &&
    different <= Math.max(2, scope.elements.length / 2)
  );
}

/** One field, else two, else as many as it takes. */
function choose(candidates: readonly Candidate[], scope: Scope): readonly Candidate[] | undefined {
  const best = candidates[0]?.rank ?? 0;
  const single = candidates.find((candidate) => isUnique([candidate], scope));
  // A shelf that happens to have one thing does not identify it, where there is a name that does with its help.
  if (single !== undefined && single.rank <= best + MAX_DISTANCE) return [single];
  for (const first of candidates.slice(0, 6)) {
    const second = candidates.find((each) => each !== first && isUnique([first, each], scope));
    if (second !== undefined) return [first, second];
  }
  const taken: Candidate[] = [];
  for (const candidate of candidates.slice(0, 4)) {
    taken.push(candidate);
    if (isUnique(taken, scope)) return taken;
  }
  return single === undefined ? undefined : [single];
}

function isUnique(fields: readonly Candidate[], { owners }: Scope): boolean {
  const seen = new Set<string>();
  return owners.every((owner, i) => {
    const key = JSON.stringify([owner, ...fields.map(({ texts }) => texts[i])]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function readCandidate(leaf: Leaf, scope: Scope): readonly Candidate[] {
  const { keys, column, kinds, texts } = leaf;
  if (
    kinds.booleans + kinds.arrays + kinds.objects + kinds.others > 0 ||
    keys.length > 3 ||
    texts.maxLength > MAX_LABEL
  )
    return [];
  if (kinds.strings + kinds.numbers < scope.elements.length * 0.5) return [];
  const all = keys.length === 0 ? ['name'] : splitWords(keys.at(-1) ?? '');
  const last = all.at(-1) ?? '';
  if (FREE_TEXT.test(last) || /^(date|duration|percent)$/.test(texts.reading?.kind ?? '')) return [];
  if (
    kinds.numbers > 0 &&
    !(NUMBERS.test(last) && column.values.every((value) => Number.isSafeInteger(toNumber(value) ?? 0)))
  )
    return [];
  if (texts.reading !== undefined && texts.reading.kind !== 'words' && !NUMBERS.test(last) && !rankOf.has(last))
    return [];
  const rank = (rankOf.get(all.join('')) ?? rankOf.get(last) ?? 1000) + (keys.length - 1) * 100;
  const byElement = new Array<string>(scope.elements.length).fill('none');
  let found = 0;
  column.values.forEach((value, i) => {
    const text = value === null ? '' : toLabel(value);
    if (text === '') return;
    found++;
    byElement[column.owners[i] ?? 0] = text;
  });
  return [{ keys, rank, texts: byElement, isPartial: found < scope.elements.length }];
}

/** As the label will be: a pair of double quotes around the whole text goes. */
function toLabel(value: unknown): string {
  const text = String(value);
  return /^".*"$/s.test(text) ? text.slice(1, -1) : text;
}
