import { type Document, isMap, isNode, isScalar, visit, type YAMLMap } from 'yaml';
import { topLevelKeys } from './config-reader.js';
import { moduleKeys } from './modules/module-spec.js';
import { NestingError, parseYaml } from './yaml-syntax.js';

/** The keys of a module that say how a document is translated: nothing in them is a credential. */
const TRANSLATION_KEYS: ReadonlySet<string> = new Set([
  'translator',
  'metrics',
  'labels',
  'only',
  'drop',
  'compat',
  'format',
  'decode',
  'fail_if',
  'fail_if_body_json_matches_cel',
  'fail_if_body_json_not_matches_cel',
  'timeout',
]);

export interface Shareable {
  readonly text: string;
  /** What was left out, in words. */
  readonly leftOut: readonly string[];
}

/**
 * A text with modules without what requests are made of, and without comments: only keys that translate are left. A text
 * that is not YAML becomes empty.
 */
export function shareMapping(text: string): Shareable {
  const document = parseOne(text);
  const root = document?.contents;
  const leftOut = new Set<string>();
  if (document === undefined || !isMap(root)) return { text: '', leftOut: ['the mapping, which is not valid YAML'] };
  const keys = listKeys(root);
  const isFile = keys.some((key) => topLevelKeys.includes(key));
  if (isFile) keepKeys(root, (key) => key === 'modules', leftOut);
  else if (keys.some((key) => moduleKeys.includes(key))) keepTranslation(root, leftOut);
  const modules = isFile ? root.get('modules', true) : root;
  if (isMap(modules) && (isFile || !keys.some((key) => moduleKeys.includes(key)))) {
    if (modules.items.some(({ value }) => !isMap(value))) leftOut.add('other keys');
    modules.items = modules.items.filter(({ value }) => isMap(value));
    for (const { value } of modules.items) if (isMap(value)) keepTranslation(value, leftOut);
  }
  if (text.includes('#')) leftOut.add('comments');
  document.comment = null;
  document.commentBefore = null;
  visit(document, (_key, node) => {
    if (isNode(node)) {
      node.comment = null;
      node.commentBefore = null;
    }
  });
  return { text: write(() => document.toString({ lineWidth: 0 }), leftOut), leftOut: [...leftOut] };
}

/** The document of a text; undefined where it has another number of them, or is not YAML. */
function parseOne(text: string): Document.Parsed | undefined {
  try {
    const [document, ...more] = parseYaml(text, { strict: false });
    return more.length > 0 || document?.errors.length !== 0 ? undefined : document;
  } catch (thrown) {
    if (thrown instanceof NestingError) return undefined;
    throw thrown;
  }
}

function keepTranslation(module: YAMLMap, leftOut: Set<string>): void {
  keepKeys(module, (key) => TRANSLATION_KEYS.has(key), leftOut);
}

function keepKeys(map: YAMLMap, isKept: (key: string) => boolean, leftOut: Set<string>): void {
  for (const key of listKeys(map).filter((each) => !isKept(each)))
    leftOut.add(moduleKeys.includes(key) || topLevelKeys.includes(key) ? key : 'other keys');
  map.items = map.items.filter(({ key }) => isKept(nameOf(key)));
}

function listKeys(map: YAMLMap): readonly string[] {
  return map.items.map(({ key }) => nameOf(key));
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

/** An alias may lead to what was left out. */
function write(render: () => string, leftOut: Set<string>): string {
  try {
    return render();
  } catch {
    leftOut.add('the mapping, whose aliases lead to what is left out');
    return '';
  }
}
