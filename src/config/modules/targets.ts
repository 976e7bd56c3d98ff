import type { TargetSpec } from '../../model/module.js';
import { parseUrl } from '../../model/url.js';
import { type Reading, Section } from '../section.js';
import { localUrl, type ValueKind } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';
import { readPairs } from './module-spec.js';

/** What `/probe` may ask: an http or https URL without a user, or a file or socket. A fragment is left out. */
export const targetUrl: ValueKind<URL> = {
  expected: 'an http or https URL without a user',
  read: (value) => {
    const local = localUrl.read(value);
    if (local !== undefined) return local;
    if (typeof value !== 'string' || !/^https?:\/\/[^/?#]/i.test(value)) return undefined;
    const url = parseUrl(value);
    if (url === undefined) return undefined;
    url.hash = '';
    return url.username === '' && url.password === '' ? url : undefined;
  },
};

/** One entry of `targets`. */
export function readTargetSpec(cursor: YamlCursor, reading: Reading): TargetSpec | undefined {
  const section = Section.open(cursor, reading);
  if (section === undefined) return undefined;
  const name = section.text('name') ?? '';
  if (name === '') section.needs('name', { hint: 'name: warehouse' });
  if (name.includes('://'))
    section.refuse(section.placeOf('name'), 'must not be a URL', '/probe?target=NAME requests it');
  const url = section.read('url', targetUrl);
  if (section.take('url') === undefined) section.needs('url', { hint: 'url: https://warehouse.example/api/v1/stock' });
  const module = section.text('module') ?? 'default';
  const auth = section.text('auth') || undefined;
  const labels = readLabels(section);
  section.finish();
  if (name === '' || url === undefined) return undefined;
  const places = {
    nameWhere: section.placeOf('name').where,
    moduleWhere: section.placeOf('module').where,
    authWhere: section.placeOf('auth').where,
  };
  return { name, where: section.where, url, module, auth, labels, ...places };
}

/** Labels that Prometheus gives the target; it refuses the whole list for one name that it does not take. */
function readLabels(section: Section): TargetSpec['labels'] {
  const labels = readPairs(section, 'labels');
  for (const { key, cursor } of section.section('labels')?.entries() ?? []) {
    if (/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(key)) continue;
    section.refuse(cursor, 'invalid label name', 'letters, digits and _, and not __ in front');
  }
  return labels;
}
