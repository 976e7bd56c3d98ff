import type { ConditionSpec, ConditionTest } from '../../model/module.js';
import { readText, Section } from '../section.js';
import type { YamlCursor } from '../yaml-cursor.js';

const TESTS = ['not', 'is', 'exists', 'above', 'below'] as const;
const KEYS: readonly string[] = ['path', 'cel', 'message', ...TESTS];
const EXAMPLE = "{ path: '{.status}', not: [ok] }, or { cel: 'body.status != \"ok\"' }";

/** `fail_if`, and blackbox_exporter's two keys: what makes a complete reply a failure. */
export function readConditions(section: Section): readonly ConditionSpec[] {
  return [
    ...section.list('fail_if').flatMap((cursor) => readCondition(section, cursor) ?? []),
    ...readExpression(section, 'fail_if_body_json_matches_cel', true),
    ...readExpression(section, 'fail_if_body_json_not_matches_cel', false),
  ];
}

function readExpression(section: Section, key: string, failsOn: boolean): readonly ConditionSpec[] {
  const cursor = section.take(key);
  const expression = cursor === undefined ? undefined : readText(cursor, section.reading);
  if (cursor === undefined || expression === undefined) return [];
  return [{ where: cursor.where, test: { kind: 'cel', expression, failsOn }, message: undefined }];
}

function readCondition(parent: Section, cursor: YamlCursor): ConditionSpec | undefined {
  const section = Section.open(cursor, parent.reading);
  if (section === undefined) return undefined;
  const message = section.text('message');
  // A key that is not known here is the one problem: it may be a misspelt test.
  const test = section.keys.every((key) => KEYS.includes(key)) ? readTest(section) : undefined;
  for (const key of KEYS) section.take(key);
  section.finish();
  return test === undefined ? undefined : { where: section.where, test, message };
}

function readTest(section: Section): ConditionTest | undefined {
  const path = section.text('path');
  const expression = section.text('cel');
  const named = TESTS.filter((key) => section.take(key) !== undefined);
  if (path !== undefined && expression !== undefined)
    return section.refuse(section, 'path and cel are both set', 'keep one');
  if (expression !== undefined) {
    if (named.length === 0) return { kind: 'cel', expression, failsOn: true };
    return section.refuse(section, `cel cannot be combined with ${named.join(', ')}`, 'compare in the expression');
  }
  if (path === undefined) {
    if (section.take('path') === undefined)
      section.needs(['path', 'cel'], { message: 'needs a path or cel', hint: EXAMPLE });
    return undefined;
  }
  const kinds = new Set(named.map((key) => (key === 'above' || key === 'below' ? 'range' : key)));
  const [kind] = kinds;
  if (kind === undefined) return section.refuse(section, `needs one of ${TESTS.join(', ')}`, EXAMPLE);
  if (kinds.size > 1) {
    return section.refuse(
      section,
      `more than one test: ${named.join(' and ')}`,
      'give each a condition of its own; above and below may be combined',
    );
  }
  return readPathTest(section, { kind, path });
}

function readPathTest(
  section: Section,
  { kind, path }: { readonly kind: 'not' | 'is' | 'exists' | 'range'; readonly path: string },
): ConditionTest | undefined {
  switch (kind) {
    case 'exists': {
      const expected = section.flag('exists');
      return expected === undefined ? undefined : { kind, path, expected };
    }
    case 'range': {
      const above = section.number('above');
      const below = section.number('below');
      if (above === undefined && below === undefined) return undefined;
      return { kind, path, above, below };
    }
    default: {
      const texts = readTexts(section, kind);
      return texts === undefined ? undefined : { kind, path, texts };
    }
  }
}

/** One text, or a list of them. */
function readTexts(section: Section, key: 'not' | 'is'): readonly string[] | undefined {
  const cursor = section.take(key);
  const items = cursor?.items ?? (cursor === undefined ? [] : [cursor]);
  const texts = items.flatMap((item) => readText(item, section.reading) ?? []);
  if (cursor !== undefined && items.length === 0)
    return section.refuse(cursor, 'needs at least one text', `${key}: [ok]`);
  return texts.length < items.length ? undefined : texts;
}
