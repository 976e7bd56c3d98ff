import type { ModuleSpec } from '../model/module.js';

/** What `/probe` itself reads. */
const OWN_PARAMS = ['target', 'module', 'debug', 'auth'];

/**
 * The parameters of a request that neither `/probe` nor a template or expression of the module reads, each once. A name
 * that stands anywhere in the module counts as read, and so does every name where a template goes through all of them.
 */
export function findUnusedParams(spec: ModuleSpec, query: URLSearchParams): readonly string[] {
  const words = new Set(listTexts(spec).flatMap((text) => text.split(/[^\p{L}\p{N}_-]+/u)));
  if (words.has('range') || words.has('index')) return [];
  const names = new Set([...query.keys()].filter((name) => !OWN_PARAMS.includes(name)));
  return [...names].filter((name) => !words.has(name));
}

/** Every text of a value, however deep; a specification does not nest by itself. */
function listTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Map) return listTexts([...value]);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listTexts) : [];
}
