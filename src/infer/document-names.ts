import type { OptionEntry } from './column.js';
import { renderPath } from './paths.js';
import type { Plan } from './plans.js';
import { splitWords } from './words.js';

/** Names of metrics that the document has. */
export interface Names {
  readonly names: readonly string[];
  /** Where each element has its own. */
  readonly path: OptionEntry;
}

const METRIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*(?:[._:-][a-zA-Z0-9_]+)+$/;
const METRICS = /^(gauges?|metrics?|measurements?|stats|statistics|values|counters?|variables?)$/;
const MAX_NAMES = 150;

/** The names of elements that are metrics: `[{"Name": "heap.used", "Value": 5}]`. Undefined where they are no such names. */
export function findNames({ scope, labels, depth, isFolded }: Plan): Names | undefined {
  const isNamed = scope.keys.length === 0 || METRICS.test(splitWords(scope.keys.at(-1) ?? '').at(-1) ?? '');
  if (isFolded || scope.isMixed || scope.kind === 'root' || !isNamed) return undefined;
  const [own, another] = labels.filter((label) => label.depth === depth);
  const [path] = own?.value ?? [];
  if (path === undefined || another !== undefined || own?.value.length !== 1) return undefined;
  const leaf = scope.leaves.find(({ keys }) => path[0] === 'path' && renderPath(keys) === path[1]);
  if (scope.kind === 'list' && !/^(name|metric|key|id)$/i.test(leaf?.keys.at(-1) ?? '')) return undefined;
  const found = scope.kind === 'map' ? scope.names : (leaf?.column.values ?? []);
  const names = [...new Set(found.filter((name) => typeof name === 'string'))];
  const areNames =
    names.length <= MAX_NAMES &&
    found.length === scope.elements.length &&
    names.every((name) => name.length < 200 && METRIC_NAME.test(name));
  return areNames && names.length > 0 ? { names, path } : undefined;
}
