import type { TargetSpec } from '../model/module.js';
import { readPairs } from './module-spec.js';
import { type Reading, Section } from './section.js';
import type { ValueKind } from './values.js';
import type { YamlCursor } from './yaml-cursor.js';

/** An http or https URL without a user: what `/probe` may ask. A fragment is left out. */
export const targetUrl: ValueKind<URL> = {
  expected: 'an http or https URL without a user',
  read: (value) => {
    if (typeof value !== 'string' || !/^https?:\/\/[^/?#]/i.test(value) || !URL.canParse(value)) return undefined;
    const url = new URL(value);
    url.hash = '';
    return url.username === '' && url.password === '' ? url : undefined;
  },
};

/** One entry of `targets`. */
export function readTargetSpec(cursor: YamlCursor, reading: Reading): TargetSpec | undefined {
  const section = Section.open(cursor, reading);
  if (section === undefined) return undefined;
  const name = section.text('name') ?? '';
  const url = section.read('url', targetUrl);
  const module = section.text('module') ?? 'default';
  const labels = readPairs(section, 'labels');
  section.finish();
  if (name === '') return section.refuse(section, 'needs a name');
  if (name.includes('://'))
    return section.refuse(section, 'has a URL for a name', 'a name is what /probe?target= says');
  if (url === undefined) return section.refuse(section, 'needs a url');
  return { name, where: section.where, url, module, labels };
}
