import type { TargetSpec } from '../../model/module.js';
import { type Reading, Section } from '../section.js';
import type { YamlCursor } from '../yaml-cursor.js';
import { readPairs } from './module-spec.js';
import { targetUrl } from './target-url.js';

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
