import { isFields, ownField } from '../../golang/values.js';
import type { Work } from '../../model/work.js';

/** Fields that name an element, the best first, in lower case without anything but letters and digits. */
const NAMES = ['name', 'id', 'key', 'uuid', 'guid', 'uid', 'slug', 'title', 'label', 'host', 'hostname', 'node'];
const MORE_NAMES = ['instance', 'address', 'addr', 'device', 'path', 'url', 'uri', 'email', 'symbol', 'type', 'state'];
const RANKS: ReadonlyMap<string, number> = new Map([...NAMES, ...MORE_NAMES].map((name, i) => [name, i]));

/** `queueName`, `node_name`, `CheckID`: names of an element too, where it has none of those above. */
const ENDS_LIKE_NAME = /(?:[_.-](?:name|id|key|uuid)|Name|I[dD]|Key|UUID)$/;

/** Elements of a larger array are told apart by their index: naming them all would take long, and more series than may be. */
const MAX_ELEMENTS = 10_000;

const MAX_TEXT_LENGTH = 200;

/**
 * The field that tells the elements of an array apart: each is an object that has it, as a text or a whole number, and
 * no two have the same. Undefined where there is none.
 */
export function findIdentity(elements: readonly unknown[], work: Work): string | undefined {
  const [first] = elements;
  if (!isFields(first) || elements.length > MAX_ELEMENTS) return undefined;
  return listCandidates(first, work).find((key) => isUnique(elements, key, work));
}

/** The text of a field that may name an element. */
export function readIdentity(element: unknown, key: string): string | undefined {
  const value = isFields(element) ? ownField(element, key) : undefined;
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH ? value : undefined;
}

function listCandidates(element: Readonly<Record<string, unknown>>, work: Work): readonly string[] {
  const keys = Object.keys(element);
  work.spend(keys.length * 10);
  const rank = (key: string) => RANKS.get(key.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const plain = keys.filter((key) => key.length <= MAX_TEXT_LENGTH);
  const known = plain.filter((key) => rank(key) !== undefined);
  const others = plain.filter((key) => rank(key) === undefined && ENDS_LIKE_NAME.test(key));
  return [...known.toSorted((left, right) => (rank(left) ?? 0) - (rank(right) ?? 0)), ...others].slice(
    0,
    MAX_CANDIDATES,
  );
}

/** Fields that are tried: each costs a look at every element. */
const MAX_CANDIDATES = 30;

function isUnique(elements: readonly unknown[], key: string, work: Work): boolean {
  const seen = new Set<string>();
  work.spend(elements.length * 10);
  for (const element of elements) {
    const text = readIdentity(element, key);
    if (text === undefined || seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}
