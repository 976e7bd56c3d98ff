import type { OptionEntry } from './column.js';
import { findIdentity, type Identity, type LabelField } from './identity.js';
import { findNoun, freeLabel, nameKeys, nameLabel } from './naming.js';
import { renderPath } from './paths.js';
import { findGroup } from './roles.js';
import { renderStep, type Scope } from './scopes.js';
import { dropRepeats, isPlural, joinWords, splitWords, toSingular } from './words.js';

/** More elements than this are proposed as counts and sums. */
export const MAX_ELEMENTS = 1000;

/** How a scope becomes series. */
export interface Plan {
  readonly scope: Scope;
  readonly parent: Plan | undefined;
  readonly depth: number;
  /** What the names of its families begin with. */
  readonly prefix: string;
  /** What an element is called. */
  readonly noun: readonly string[];
  /** From the outermost scope to this one. */
  readonly labels: readonly PlannedLabel[];
  /** Whether elements are counted and summed. */
  readonly isFolded: boolean;
  /** A path for each step of the iteration. */
  readonly steps: readonly string[];
  /** Whether elements of a scope above have none of these. */
  readonly isPartial: boolean;
  readonly notes: readonly string[];
}

export interface PlannedLabel {
  readonly name: string;
  /** Of the scope whose elements have it. */
  readonly depth: number;
  readonly value: readonly OptionEntry[];
}

/** The plan of the document itself. `module` is the words of its name. */
export function planRoot(scope: Scope, module: readonly string[]): Plan {
  return {
    scope,
    parent: undefined,
    depth: 0,
    prefix: joinWords(module),
    noun: [],
    labels: [],
    isFolded: false,
    steps: [],
    isPartial: false,
    notes: [],
  };
}

/** The plan of elements below those of another one. */
export function planChild(
  scope: Scope,
  parent: Plan,
  { module, prefixes }: { readonly module: readonly string[]; readonly prefixes: Set<string> },
): Plan {
  const toPrefix = (noun: readonly string[]) => {
    const last = module.at(-1) ?? '';
    return joinWords(
      dropRepeats([...module, ...(last === noun[0] || toSingular(last) === noun[0] ? noun.slice(1) : noun)]),
    );
  };
  const short = nameElements(scope, parent, module);
  // Two lists of data points are told apart by what they are in.
  const noun = short.length > 0 && prefixes.has(toPrefix(short)) ? lengthenNoun(short, scope) : short;
  const prefix = toPrefix(noun);
  prefixes.add(prefix);
  const base = {
    scope,
    parent,
    depth: parent.depth + 1,
    prefix,
    noun,
    steps: [...parent.steps, renderStep(scope)],
    isPartial: parent.isPartial || scope.isPartial,
  };
  return { ...base, ...planLabels(base, parent) };
}

function lengthenNoun(noun: readonly string[], { keys }: Scope): readonly string[] {
  const words = nameKeys(keys);
  return words.length > noun.length ? [...words.slice(0, -1), toSingular(words.at(-1) ?? '')] : noun;
}

function nameElements(scope: Scope, parent: Plan, module: readonly string[]): readonly string[] {
  const last = module.at(-1) ?? '';
  // items of kubernetes-nodes are nodes.
  if (scope.noun === undefined && parent.depth === 0 && findNoun(scope.keys).length === 0 && isPlural(last))
    return [toSingular(last)];
  const own = scope.noun === undefined ? findNoun(scope.keys) : splitWords(scope.noun);
  const noun = own.length === 0 && scope.keys.length === 0 ? parent.noun : own;
  for (let above: Plan | undefined = parent; above !== undefined && noun.length > 0; above = above.parent) {
    if (above.noun.join() === noun.join()) return ['inner', ...noun];
  }
  return noun;
}

type Labelled = Pick<Plan, 'labels' | 'isFolded' | 'notes'>;
type Unlabelled = Pick<Plan, 'scope' | 'depth' | 'noun'>;

/** Keys that are longer are no labels. */
const MAX_KEY = 256;

function planLabels({ scope, depth, noun }: Unlabelled, parent: Plan): Labelled {
  const folded = (note: string): Labelled => ({ labels: parent.labels, isFolded: true, notes: [note] });
  if (scope.elements.length > MAX_ELEMENTS) {
    return folded(`more than ${MAX_ELEMENTS} elements: they are counted and summed, and no label identifies them`);
  }
  if (parent.isFolded) return folded('what is in them is counted and summed as well');
  const label = (wanted: string): PlannedLabel => ({
    name: freeLabel(wanted, parent.labels, noun),
    depth,
    value: [['key', true]],
  });
  if (scope.kind === 'map') {
    if (scope.names.some((name) => name.length > MAX_KEY))
      return folded('their keys are too long for a label: they are counted and summed');
    return { labels: [...parent.labels, label(noun.length > 0 ? joinWords(noun) : 'key')], isFolded: false, notes: [] };
  }
  if (scope.namedBy !== undefined) {
    const words = findNoun(scope.namedBy);
    const own: PlannedLabel = {
      name: freeLabel(words.length > 0 ? joinWords(words) : 'name', parent.labels, noun),
      depth,
      value: [
        ['path', renderPath(scope.namedBy)],
        ['at', 'index'],
      ],
    };
    return {
      labels: [...parent.labels, own],
      isFolded: false,
      notes: ['another list is taken for the names of these'],
    };
  }
  const identity = findIdentity(scope);
  if (identity.kind === 'fields') return planFields(identity, { scope, depth, noun }, parent);
  if (findGroup(scope) !== undefined) return folded('nothing tells the elements apart: they are counted and summed');
  const note = 'nothing tells the elements apart but their place in the list';
  return { labels: [...parent.labels, label('index')], isFolded: false, notes: [note] };
}

function planFields(
  { fields, context, isGuess }: Extract<Identity, { kind: 'fields' }>,
  { depth, noun }: Unlabelled,
  parent: Plan,
): Labelled {
  const labels = [...parent.labels];
  const add = (field: LabelField, wanted: string) => {
    const options: readonly OptionEntry[] = field.isPartial ? [['default', 'none']] : [];
    labels.push({
      name: freeLabel(wanted, labels, noun),
      depth,
      value: [['path', renderPath(field.keys)], ...options],
    });
  };
  for (const field of context) add(field, nameLabel(field.keys, []));
  for (const field of fields) add(field, nameLabel(field.keys, noun));
  const names = labels.slice(parent.labels.length + context.length).map(({ name }) => name);
  const notes = isGuess
    ? [`${names.join(' and ')} tell the elements of this document apart, maybe not of every one`]
    : [];
  return { labels, isFolded: false, notes };
}

/** Whether a field is a label of the elements that have it. */
export function isLabel(keys: readonly string[], { labels, depth }: Plan): boolean {
  const path = renderPath(keys);
  return labels.some(({ depth: own, value: [first] }) => own === depth && first?.[0] === 'path' && first[1] === path);
}

/** Whether a label is or goes by the key or index of the element, so that the path has to end as it does. */
export function hasKeyLabel({ labels, depth }: Plan): boolean {
  return labels.some(({ depth: own, value }) => own === depth && value.some(([key]) => key === 'key' || key === 'at'));
}
