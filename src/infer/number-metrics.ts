import { findRange, type Option, type OptionEntry } from './column.js';
import { findNames, type Names } from './document-names.js';
import { type Drafting, groupLabels } from './drafting.js';
import { toValue, type ValueDraft } from './drafts.js';
import { isIdentifier } from './identity.js';
import { nameFamily, nameKeys, nameNumbers } from './naming.js';
import { chooseNumber, type NumberChoice, TAKEN_FOR_COUNTER } from './numbers.js';
import { findMessy, isJunky, isNumeric } from './numeric-fields.js';
import { renderPath } from './paths.js';
import { isLabel, type Plan } from './plans.js';
import { findRanks, RANK, type Rank } from './quantile-fields.js';
import { isMeasured } from './roles.js';
import type { Leaf } from './scopes.js';
import { joinWords, splitWords } from './words.js';

/** One value that will be a metric, alone or with others of its kind. */
interface Piece {
  readonly family: string;
  readonly type: 'gauge' | 'counter';
  readonly value: Option;
  readonly notes: readonly string[];
  readonly isPartial: boolean;
  readonly fold: NumberChoice['fold'];
  /** In place of the last step. */
  readonly step: string | undefined;
  /** Of a field such as `p99`: 0.99. */
  readonly quantile: string | undefined;
}

/** Numbers, booleans, dates and texts that are one of them. Gives how many fields there are of these. */
export function addValues(drafting: Drafting, plan: Plan): number {
  const ranks = plan.isFolded ? new Map<Leaf, Rank>() : findRanks(plan.scope.leaves);
  const pieces = plan.scope.leaves.flatMap((leaf) => readLeaf(drafting, leaf, { plan, rank: ranks.get(leaf) }));
  const [only, other] = pieces;
  const named = only !== undefined && other === undefined ? findNames(plan) : undefined;
  if (only !== undefined && named !== undefined && addNamed(drafting, plan, { piece: only, ...named })) return 1;
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const key = JSON.stringify([
      piece.type,
      piece.step,
      plan.isFolded ? piece.fold : '',
      piece.quantile && piece.family,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  for (const group of groups.values()) {
    const isGrouped = group.length > 1 && group.every(({ family }) => family.startsWith(`${plan.prefix}_`));
    if (group[0]?.quantile !== undefined)
      for (const piece of group) addGroup(drafting, plan, { name: piece.family, group: [piece] });
    else if (isGrouped) addGroup(drafting, plan, { name: plan.prefix, group });
    else for (const piece of group) addGroup(drafting, plan, { name: piece.family, group: [piece] });
  }
  return pieces.length;
}

function addGroup(
  drafting: Drafting,
  plan: Plan,
  { name, group }: { readonly name: string; readonly group: readonly Piece[] },
): void {
  const [first] = group;
  if (first === undefined) return;
  const notes = collectNotes(group);
  drafting.add({
    ...drafting.describe(plan, first.type === 'counter' ? 'Counters of' : 'Measurements of', first.step),
    name,
    type: 'object',
    valueType: first.type,
    labels: drafting.labels(plan, plan.isFolded ? groupLabels(plan) : quantileLabel(first)),
    allowsMissing: plan.isPartial || plan.isFolded || group.some(({ isPartial }) => isPartial),
    values: group.map(
      ({ family, value, notes: own }): ValueDraft => ({
        suffix: group.length > 1 ? family.slice(name.length + 1) : '',
        value,
        notes: own.filter((note) => !notes.has(note)),
      }),
    ),
    options: plan.isFolded ? [['aggregate', first.fold]] : [],
    notes: [
      ...drafting.noteOnce(plan),
      ...[...notes].map(([note, names]) => (names === '' ? note : `${note}: ${names}`)),
    ],
  });
}

function readLeaf(
  drafting: Drafting,
  leaf: Leaf,
  { plan, rank }: { readonly plan: Plan; readonly rank: Rank | undefined },
): readonly Piece[] {
  const { keys, kinds, texts, column } = leaf;
  const { scope } = plan;
  if (!isNumeric(leaf) || isLabel(keys, plan) || isIdentifier(leaf)) return [];
  const reading = texts.count > 0 && !isJunky(leaf) ? texts.reading : undefined;
  if (reading !== undefined && !isMeasured(leaf)) return [];
  const isScalar = keys.length === 0 && scope.kind !== 'root';
  const range = findRange(rank?.group.values ?? column.values);
  const choice = chooseNumber({
    words: rank?.group.words ?? (isScalar ? nameNumbers(scope.keys) : nameKeys(keys)),
    ownWords: splitWords((isScalar ? scope.keys : keys).at(-1) ?? '').filter(
      (word) => rank === undefined || !RANK.test(word),
    ),
    min: Math.min(range.min, Number.MAX_VALUE),
    max: Math.max(range.max, -Number.MAX_VALUE),
    least: range.least,
    areWhole: range.areWhole,
    reading,
    areBooleans: kinds.booleans > 0 && kinds.numbers === 0,
    symbol: leaf.symbol,
    siblings: leaf.siblings,
  });
  const isMessy = kinds.nulls + texts.empties > 0 || isJunky(leaf);
  const found = isMessy
    ? findMessy(leaf, plan, choice)
    : { value: toValue(['path', renderPath(keys)], choice.options) };
  if (found === undefined) return [];
  const { words, fold } = choice;
  const named = plan.isFolded && fold !== 'sum' ? [...words, fold] : words;
  const wanted = nameFamily(isScalar ? (plan.parent ?? plan) : plan, named);
  const family = rank?.group.family ?? drafting.names.take(wanted, choice.type);
  if (rank !== undefined) rank.group.family = family;
  const isPartial = isMessy || column.values.length < scope.elements.length;
  const { type, notes } = choice;
  drafting.used.add(leaf);
  const isFirst = rank === undefined || rank.group.isNew;
  if (rank !== undefined) rank.group.isNew = false;
  return [
    {
      family,
      type,
      value: found.value,
      notes: isFirst ? notes : [],
      isPartial,
      fold,
      step: found.step,
      quantile: rank?.quantile,
    },
  ];
}

/** Gauges that have the names that the document gives them. False where these could not be names. */
function addNamed(drafting: Drafting, plan: Plan, { piece, names, path }: Names & { readonly piece: Piece }): boolean {
  const module = joinWords(drafting.module);
  const isPrefixed = names.every((name) => name.startsWith(`${module}_`) || name.startsWith(`${module}.`));
  const prefix = isPrefixed ? '' : `${module}_`;
  const full = names.map((name) => `${prefix}${name}`.replace(/[^a-zA-Z0-9_:]/g, '_'));
  if (piece.type !== 'gauge' || piece.quantile !== undefined || !drafting.names.takeAll(full)) return false;
  drafting.add({
    ...drafting.describe(plan, 'Measurements of', piece.step),
    name: { fields: [path, ...(isPrefixed ? [] : [['prefix', prefix] as const])] },
    type: 'object',
    valueType: 'gauge',
    labels: drafting.labels({ labels: plan.labels.filter(({ depth }) => depth < plan.depth), depth: plan.depth }),
    allowsMissing: plan.isPartial || piece.isPartial,
    values: [{ suffix: '', value: piece.value, notes: piece.notes }],
    options: [],
    notes: drafting.noteOnce(plan),
  });
  return true;
}

function quantileLabel({ quantile }: Piece): readonly OptionEntry[] {
  return quantile === undefined ? [] : [['quantile', quantile]];
}

/** Notes that several values have in common, with the names of these; none for what every counter has. */
function collectNotes(group: readonly Piece[]): ReadonlyMap<string, string> {
  const named = new Map<string, string[]>();
  for (const { family, notes } of group) {
    for (const note of notes) named.set(note, [...(named.get(note) ?? []), family]);
  }
  const common = new Map<string, string>();
  for (const [note, families] of named) {
    if (note === TAKEN_FOR_COUNTER) common.set(note, '');
    else if (families.length > 2) common.set(note, families.join(', '));
  }
  return common;
}
