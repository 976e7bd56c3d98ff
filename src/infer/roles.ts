import { isFreeText, isIdentifier } from './identity.js';
import type { Leaf, Scope } from './scopes.js';
import { namesState } from './states.js';
import { splitWords } from './words.js';

/** Whether the texts of a field are states. */
export function isState({ keys, kinds, texts }: Leaf): boolean {
  const { distinct = [], reading } = texts;
  if (kinds.strings === 0 || kinds.numbers + kinds.booleans + kinds.objects + kinds.others > 0) return false;
  if (!texts.areStates || distinct.length === 0 || distinct.length > 10) return false;
  // Where nearly each has its own, it is a name.
  if (texts.count > 5 && distinct.length > texts.count * 0.7) return false;
  return (reading === undefined || reading.kind === 'words') && namesState(nameOwn(keys));
}

/** `{value: ...}` is named after what has it. */
function nameOwn(keys: readonly string[]): readonly string[] {
  const last = keys.at(-1) ?? '';
  return splitWords(/^value$/i.test(last) && keys.length > 1 ? (keys.at(-2) ?? '') : last);
}

const INFO =
  /^(version|edition|model|revision|build|commit|release|firmware|language|branch|license|flavou?r|distribution|platform|arch|architecture|os|image|vendor|manufacturer)$/;
const ROOT_INFO =
  /^(name|cluster|hostname|host|mac|serial|mode|timezone|fullname|visibility|pool|manager|node|instance|region|zone|environment|uuid|id)$/;
/** Versions of the format and of the data, which say nothing of what is measured. */
const FORMAT = /^(api|schema|resource|protocol|jsonrpc|rpc|format|spec)/;

/** Whether the texts of a field say what something is. */
export function isInfo({ keys, kinds, texts }: Leaf, isRoot: boolean): boolean {
  if (kinds.strings === 0 || kinds.booleans + kinds.objects + kinds.numbers > 0) return false;
  if (texts.count === 0 || texts.maxLength > 128 || keys.length > 4) return false;
  const own = splitWords(keys.at(-1) ?? '');
  const last = own.at(-1) ?? '';
  if (FORMAT.test(own[0] ?? '')) return false;
  if (namesState(own)) return !texts.areStates && isRoot;
  return INFO.test(last) || (isRoot && keys.length <= 2 && (ROOT_INFO.test(last) || ROOT_INFO.test(own.join(''))));
}

/** Whether texts that can be read as numbers measure something. */
export function isMeasured({ texts, keys }: Leaf): boolean {
  const own = splitWords(keys.at(-1) ?? '');
  const last = own.at(-1) ?? '';
  const kind = texts.reading?.kind;
  if (INFO.test(last) || FORMAT.test(own[0] ?? '')) return false;
  if (/^(name|title|label|key|phone|zip|address|hash|range|description|message)$/.test(last)) return false;
  if (kind === 'words') return !namesState(nameOwn(keys));
  if (kind !== 'duration') return true;
  // 12:00 may be a time of the day, and 7800m thousandths.
  const isNamed = own.some((word) =>
    /^(uptime|downtime|duration|elapsed|age|latency|interval|timeout|took|runtime|delay|lag|wait|ttl|since)$/.test(
      word,
    ),
  );
  const { distinct = [] } = texts;
  return (
    isNamed ||
    (distinct.length > 0 && distinct.every((text) => /\d ?(?:h|hours?|days?|seconds?|ms|minutes?|s)\b|^P/.test(text)))
  );
}

/** A field of few states that elements can be grouped by; undefined where there is none, or hardly an element. */
export function findGroup({ elements, leaves }: Scope): Leaf | undefined {
  if (elements.length < 3) return undefined;
  return leaves.find((leaf) => isState(leaf) && (leaf.texts.distinct?.length ?? 0) < elements.length);
}

const MAX_CATEGORIES = 3;
const PREFERRED = ['slug', 'value', 'name', 'id'];

/** Texts of few values, one for each key: `role: {slug: ...}`. */
export function findCategories({ elements, leaves }: Scope): readonly Leaf[] {
  const byKey = new Map<string, { readonly leaf: Leaf; readonly rank: number }>();
  for (const leaf of leaves) {
    const { keys, texts, kinds } = leaf;
    const [key = ''] = keys;
    const { distinct = [] } = texts;
    if (keys.length > 2 || kinds.strings === 0 || texts.reading !== undefined || kinds.numbers + kinds.booleans > 0)
      continue;
    if (
      isIdentifier(leaf) ||
      isFreeText(keys) ||
      texts.maxLength > 64 ||
      distinct.length === 0 ||
      distinct.length * 2 > elements.length + 1 ||
      distinct.length > 12
    )
      continue;
    const rank = keys.length === 1 ? 0 : PREFERRED.indexOf(keys.at(-1) ?? '');
    if (rank < 0 || (byKey.get(key)?.rank ?? Number.POSITIVE_INFINITY) <= rank) continue;
    byKey.set(key, { leaf, rank });
  }
  return [...byKey.values()].map(({ leaf }) => leaf).slice(0, MAX_CATEGORIES);
}
