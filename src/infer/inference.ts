import { isFields } from '../golang/values.js';
import { findRange, type Option, type OptionEntry } from './column.js';
import { FamilyNames, type MetricDraft, toValue, type ValueDraft } from './drafts.js';
import { isIdentifier } from './identity.js';
import { findPlural, freeLabel, gaugeName, nameFamily, nameKeys, nameNumbers } from './naming.js';
import { chooseNumber, type NumberChoice, TAKEN_FOR_COUNTER } from './numbers.js';
import { renderField, renderFiltered, renderPath } from './paths.js';
import { hasKeyLabel, isLabel, type Plan, type PlannedLabel, planChild, planRoot } from './plans.js';
import { findCategories, findGroup, isInfo, isMeasured, isState } from './roles.js';
import { type FoundDistribution, findScopes, type Leaf, type LeftOut, type Length } from './scopes.js';
import { completeStates } from './states.js';
import { dropRepeats, joinWords, splitWords } from './words.js';

/** What is proposed for a document. */
export interface Proposal {
  readonly metrics: readonly MetricDraft[];
  /** Paths to texts that are documents, each a list that leads from array to array. */
  readonly decode: readonly (readonly string[])[];
  /** What is left out, in sentences. */
  readonly remarks: readonly string[];
}

/** Metrics of one file; a document may have more. */
const MAX_METRICS = 400;

/** Proposes metrics whose names begin with these words. */
export function proposeMetrics(document: unknown, module: readonly string[]): Proposal {
  return new Inference(module).propose(document);
}

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

class Inference {
  readonly #module: readonly string[];
  readonly #names = new FamilyNames();
  readonly #metrics: MetricDraft[] = [];
  readonly #remarks: string[] = [];
  readonly #decode: (readonly string[])[] = [];
  /** What the names of other elements begin with. */
  readonly #prefixes = new Set<string>();
  /** Plans whose notes are said already. */
  readonly #noted = new Set<Plan>();
  /** Fields that are in a metric. */
  readonly #used = new Set<Leaf>();

  constructor(module: readonly string[]) {
    this.#module = module;
  }

  propose(document: unknown): Proposal {
    this.#add(planRoot(findScopes(document), this.#module));
    const metrics = this.#metrics.slice(0, MAX_METRICS);
    const more = this.#metrics.length - metrics.length;
    const remarks = more > 0 ? [`The document has more: ${more} further metrics are left out.`] : [];
    return { metrics, decode: this.#decode, remarks: [...remarks, ...this.#remarks] };
  }

  #add(plan: Plan): void {
    const { scope } = plan;
    if (scope.elements.length === 0) return;
    for (const keys of scope.decoded) this.#decode.push([...plan.steps, renderPath(keys)]);
    const measures = this.#addValues(plan) + scope.distributions.length;
    for (const distribution of scope.distributions) this.#addDistribution(plan, distribution);
    for (const length of scope.lengths) this.#addLength(plan, length);
    this.#addStates(plan);
    this.#addInfo(plan);
    this.#addCount(plan, measures);
    this.#remarkLeftOut(plan);
    for (const child of scope.children)
      this.#add(planChild(child, plan, { module: this.#module, prefixes: this.#prefixes }));
  }

  /** Numbers, booleans, dates and texts that are one of them. Gives how many fields there are of these. */
  #addValues(plan: Plan): number {
    const ranks = plan.isFolded ? new Map<Leaf, Rank>() : findRanks(plan.scope.leaves);
    const pieces = plan.scope.leaves.flatMap((leaf) => this.#readLeaf(leaf, plan, ranks.get(leaf)));
    const [only, other] = pieces;
    const named = only !== undefined && other === undefined ? findNames(plan) : undefined;
    if (only !== undefined && named !== undefined && this.#addNamed(plan, only, named)) return 1;
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
      if (group[0]?.quantile !== undefined) for (const piece of group) this.#addGroup(plan, [piece], piece.family);
      else if (isGrouped) this.#addGroup(plan, group, plan.prefix);
      else for (const piece of group) this.#addGroup(plan, [piece], piece.family);
    }
    return pieces.length;
  }

  #addGroup(plan: Plan, group: readonly Piece[], name: string): void {
    const [first] = group;
    if (first === undefined) return;
    const notes = collectNotes(group);
    this.#metrics.push({
      ...this.#describe(plan, first.type === 'counter' ? 'Counters of' : 'Measurements of', first.step),
      name,
      type: 'object',
      valueType: first.type,
      labels: this.#labels(plan, plan.isFolded ? this.#groupLabels(plan) : quantileLabel(first)),
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
        ...this.#noteOnce(plan),
        ...[...notes].map(([note, names]) => (names === '' ? note : `${note}: ${names}`)),
      ],
    });
  }

  /** The help, the path and what comes of every plan. */
  #describe(plan: Plan, what: string, step?: string): Pick<MetricDraft, 'help' | 'steps'> {
    const each = plan.depth === 0 ? '' : `each ${plan.noun.join(' ') || 'element'} of `;
    const steps = step === undefined ? plan.steps : [...plan.steps.slice(0, -1), step];
    return { help: `${what} ${each}${this.#module.join(' ')}.`, steps: plan.steps.length === 0 ? ['{@}'] : steps };
  }

  /** What is uncertain of the elements is said once, where they come first. */
  #noteOnce(plan: Plan): readonly string[] {
    if (this.#noted.has(plan)) return [];
    this.#noted.add(plan);
    return plan.notes;
  }

  #labels(
    { labels, depth: from }: Pick<Plan, 'labels' | 'depth'>,
    own: readonly OptionEntry[] = [],
  ): readonly OptionEntry[] {
    const inherited = labels.map(({ name, depth, value }): OptionEntry => {
      const up = from - depth;
      const fields: readonly OptionEntry[] =
        up === 0 ? value : [...value, ['from', ['', 'parent', 'grandparent'][up] ?? up]];
      const [[key, only] = ['', '']] = fields;
      return [name, fields.length === 1 && key === 'path' ? only : { fields }];
    });
    return [...inherited, ...own];
  }

  #readLeaf(leaf: Leaf, plan: Plan, rank: Rank | undefined): readonly Piece[] {
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
    const family = rank?.group.family ?? this.#names.take(wanted, choice.type);
    if (rank !== undefined) rank.group.family = family;
    const isPartial = isMessy || column.values.length < scope.elements.length;
    const { type, notes } = choice;
    this.#used.add(leaf);
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
  #addNamed(plan: Plan, piece: Piece, { names, path }: Names): boolean {
    const module = joinWords(this.#module);
    const isPrefixed = names.every((name) => name.startsWith(`${module}_`) || name.startsWith(`${module}.`));
    const prefix = isPrefixed ? '' : `${module}_`;
    const full = names.map((name) => `${prefix}${name}`.replace(/[^a-zA-Z0-9_:]/g, '_'));
    if (piece.type !== 'gauge' || piece.quantile !== undefined || !this.#names.takeAll(full)) return false;
    this.#metrics.push({
      ...this.#describe(plan, 'Measurements of', piece.step),
      name: { fields: [path, ...(isPrefixed ? [] : [['prefix', prefix] as const])] },
      type: 'object',
      valueType: 'gauge',
      labels: this.#labels({ labels: plan.labels.filter(({ depth }) => depth < plan.depth), depth: plan.depth }),
      allowsMissing: plan.isPartial || piece.isPartial,
      values: [{ suffix: '', value: piece.value, notes: piece.notes }],
      options: [],
      notes: this.#noteOnce(plan),
    });
    return true;
  }

  #addDistribution(plan: Plan, found: FoundDistribution): void {
    if (plan.isFolded) return;
    const own = nameKeys(found.keys).filter(
      (word) => !found.unit.includes(word) && !/^(quantiles?|percentiles?|buckets?|ms|us|ns|secs?|millis)$/.test(word),
    );
    const named = own.length + found.unit.length === 0 ? [found.type] : [...own, ...found.unit];
    this.#metrics.push({
      ...this.#describe(plan, 'Distributions of'),
      name: this.#names.take(nameFamily(plan, named), found.type),
      type: found.type,
      valueType: undefined,
      labels: this.#labels(plan),
      allowsMissing: plan.isPartial || !found.isEverywhere || plan.scope.kind !== 'root',
      values: [],
      options: found.options,
      notes: [...this.#noteOnce(plan), ...found.notes],
    });
  }

  #addLength(plan: Plan, { keys, column, hasNulls, arePaths }: Length): void {
    const words = keys.length === 0 ? ['elements'] : gaugeName(nameKeys(keys));
    const path = hasNulls ? renderPath(keys, '[*]', true) : renderPath(keys);
    this.#metrics.push({
      ...this.#describe(plan, `Number of ${words.join(' ')} of`),
      name: this.#names.take(nameFamily(plan, words), 'gauge'),
      type: 'object',
      valueType: 'gauge',
      labels: this.#labels(plan, plan.isFolded ? this.#groupLabels(plan) : []),
      allowsMissing: plan.isPartial || plan.isFolded || column.values.length < plan.scope.elements.length,
      values: [
        {
          suffix: '',
          value: {
            fields: [
              ['path', path],
              ['length', true],
            ],
          },
          notes: [],
        },
      ],
      options: plan.isFolded ? [['aggregate', 'sum']] : [],
      notes: this.#noteOnce(plan),
    });
    if (!arePaths) return;
    // Texts such as `team/app`, by what is before the first slash.
    this.#metrics.push({
      ...this.#describe(plan, `Number of ${words.join(' ')} of`),
      steps: [renderPath(keys, '[*]')],
      name: this.#names.take(nameFamily(plan, ['group', ...words]), 'gauge'),
      type: 'object',
      valueType: 'gauge',
      labels: [
        [
          'group',
          {
            fields: [
              ['path', '{@}'],
              ['regex', '^(?:([^/]+)/)?'],
            ],
          },
        ],
      ],
      allowsMissing: false,
      values: [{ suffix: '', value: 1, notes: ['the first part of the names is taken for a group'] }],
      options: [['aggregate', 'count']],
      notes: [],
    });
  }

  /** Texts that are states. */
  #addStates(plan: Plan): void {
    if (plan.isFolded) return;
    for (const leaf of plan.scope.leaves) {
      const { keys, column, texts } = leaf;
      if (!isState(leaf) || isLabel(keys, plan)) continue;
      const name = this.#names.take(nameFamily(plan, gaugeName(nameKeys(keys))), 'gauge');
      if (plan.labels.some((label) => label.name === name)) continue;
      const found = texts.distinct ?? [];
      const states = completeStates(found);
      const isOpen = states.length === found.length;
      this.#metrics.push({
        ...this.#describe(plan, 'State of'),
        name,
        type: 'object',
        valueType: 'gauge',
        labels: this.#labels(plan),
        allowsMissing: plan.isPartial || column.values.length < plan.scope.elements.length,
        values: [
          {
            suffix: '',
            value: {
              fields: [
                ['path', renderPath(keys)],
                ['states', states],
                ['stateset', true],
              ],
            },
            notes: isOpen ? ['there may be further states than this document has'] : [],
          },
        ],
        options: [],
        notes: this.#noteOnce(plan),
      });
    }
  }

  /** Texts that say what something is, as the labels of an info metric. */
  #addInfo(plan: Plan): void {
    if (plan.isFolded || plan.scope.isMixed) return;
    const isRoot = plan.scope.kind === 'root';
    const found = plan.scope.leaves.filter((leaf) => isInfo(leaf, isRoot) && !isLabel(leaf.keys, plan)).slice(0, 8);
    if (found.length === 0) return;
    const labels: PlannedLabel[] = [...plan.labels];
    for (const leaf of found) {
      const name = freeLabel(joinWords(nameKeys(leaf.keys).slice(-2)), labels, []);
      labels.push({ name, depth: plan.depth, value: [['path', renderPath(leaf.keys)], ...defaultOf(leaf, plan)] });
    }
    this.#metrics.push({
      ...this.#describe(plan, 'Information about'),
      name: this.#names.take(nameFamily(plan, ['info']), 'info'),
      type: 'object',
      valueType: undefined,
      labels: this.#labels({ labels, depth: plan.depth }),
      allowsMissing: plan.isPartial,
      values: [],
      options: [['info', true]],
      notes: this.#noteOnce(plan),
    });
  }

  /** How many elements there are, where they are folded or where nothing is measured of them. */
  #addCount(plan: Plan, measures: number): void {
    const { scope } = plan;
    if (scope.kind === 'root' || scope.isMixed) return;
    const groups = plan.isFolded ? this.#groupLabels(plan) : this.#categoryLabels(plan);
    const isInventory = scope.kind === 'list' && measures === 0 && scope.elements.some(isFields) && groups.length > 0;
    if (!plan.isFolded && !isInventory) return;
    const above = plan.labels.filter(({ depth }) => depth < plan.depth);
    this.#metrics.push({
      steps: plan.steps,
      help: `Number of ${findPlural(scope.keys).join(' ')} of ${this.#module.join(' ')}.`,
      name: this.#names.take(joinWords(dropRepeats([...this.#module, ...findPlural(scope.keys)])), 'gauge'),
      type: 'object',
      valueType: 'gauge',
      labels: this.#labels({ labels: plan.isFolded ? plan.labels : above, depth: plan.depth }, groups),
      allowsMissing: true,
      values: [{ suffix: '', value: 1, notes: [] }],
      options: [['aggregate', 'count']],
      notes: this.#noteOnce(plan),
    });
  }

  #groupLabels(plan: Plan): readonly OptionEntry[] {
    const leaf = findGroup(plan.scope);
    if (leaf === undefined) return [];
    return [
      [
        freeLabel(joinWords(nameKeys(leaf.keys).slice(-2)), plan.labels, []),
        toValue(['path', renderPath(leaf.keys)], defaultOf(leaf, plan)),
      ],
    ];
  }

  #categoryLabels(plan: Plan): readonly OptionEntry[] {
    const taken = plan.labels.filter(({ depth }) => depth < plan.depth).map(({ name }) => ({ name }));
    return findCategories(plan.scope)
      .filter(({ keys }) => !isLabel(keys, plan))
      .map((leaf) => {
        this.#used.add(leaf);
        const name = freeLabel(joinWords(splitWords(leaf.keys[0] ?? '')), taken, []);
        taken.push({ name });
        return [name, toValue(['path', renderPath(leaf.keys)], defaultOf(leaf, plan))];
      });
  }

  #remarkLeftOut(plan: Plan): void {
    const { leaves, leftOut } = plan.scope;
    const isRoot = plan.scope.kind === 'root';
    const isUnused = (leaf: Leaf) => {
      const { texts, keys } = leaf;
      return (
        texts.count > 0 &&
        texts.reading === undefined &&
        !this.#used.has(leaf) &&
        !isLabel(keys, plan) &&
        !isState(leaf) &&
        !isInfo(leaf, isRoot) &&
        !isIdentifier(leaf)
      );
    };
    const namesOf = (found: readonly Leaf[]) => found.map(({ keys }) => keys.join('.'));
    this.#remark(plan, 'text', namesOf(leaves.filter(isUnused)));
    this.#remark(
      plan,
      'null in this document',
      namesOf(leaves.filter(({ kinds, column }) => kinds.nulls === column.values.length)),
    );
    for (const [why, names] of leftOut) this.#remark(plan, LEFT_OUT[why], names);
  }

  #remark({ depth, noun }: Plan, why: string, names: readonly string[]): void {
    if (names.length === 0) return;
    const shown = names.filter((name) => name !== '').slice(0, 12);
    const hidden = names.length - shown.length;
    const more = hidden === 0 ? [] : [shown.length > 0 ? `${hidden} more` : `${hidden} fields`];
    const of = depth === 0 ? '' : ` of each ${noun.join(' ') || 'element'}`;
    this.#remarks.push(`Left out${of}, ${why}: ${[...shown, ...more].join(', ')}`);
  }
}

const LEFT_OUT = {
  'data keys': 'keys that look like data',
  mixed: 'lists in one place and something else in another',
  texts: 'text by name',
  list: 'text in parts',
  deep: 'nested too deep',
} satisfies Record<LeftOut, string>;

/** Whether what there is can be read as a number, in one way; of numbers and something else, the numbers. */
function isNumeric({ kinds, texts }: Leaf): boolean {
  const { numbers, booleans, others } = kinds;
  if (numbers > 0 || isJunky({ kinds, texts })) return true;
  if (others > 0) return false;
  return texts.count === 0 ? booleans > 0 : booleans === 0 && texts.reading !== undefined;
}

/** Whether there is something among numbers that is none. */
function isJunky({ kinds, texts }: Pick<Leaf, 'kinds' | 'texts'>): boolean {
  const { numbers, booleans, arrays, others } = kinds;
  if (numbers > 0) return booleans + arrays + others > 0 || (texts.count > 0 && texts.reading?.kind !== 'number');
  return texts.reading === undefined && texts.numeric > 0 && texts.numeric * 4 >= texts.count;
}

const RANK = /^p(\d{2,4})$/;

/** A field such as `p99`, and what it has in common with others. */
interface Rank {
  /** 0.99 */
  readonly quantile: string;
  readonly group: RankGroup;
}

interface RankGroup {
  /** Without the rank. */
  readonly words: readonly string[];
  readonly values: unknown[];
  readonly quantiles: Set<string>;
  family: string | undefined;
  isNew: boolean;
}

/** Fields such as `p50`, `p99` that are quantiles of one thing. */
function findRanks(leaves: readonly Leaf[]): ReadonlyMap<Leaf, Rank> {
  const groups = new Map<string, RankGroup>();
  const found = new Map<Leaf, Rank>();
  for (const leaf of leaves) {
    const words = nameKeys(leaf.keys);
    const digits = RANK.exec(words.find((word) => RANK.test(word)) ?? '')?.[1];
    if (digits === undefined || leaf.kinds.numbers === 0) continue;
    const rest = words.filter((word) => !RANK.test(word));
    const parent = leaf.keys.slice(0, -1).join('.');
    const key = JSON.stringify([parent, rest]);
    const group = groups.get(key) ?? {
      words: rest.length === 0 ? ['quantile'] : rest,
      values: [],
      quantiles: new Set(),
      family: undefined,
      isNew: true,
    };
    groups.set(key, group);
    const quantile = String(Number(digits.startsWith('100') ? 1 : `0.${digits}`));
    if (group.quantiles.has(quantile)) continue;
    group.quantiles.add(quantile);
    for (const value of leaf.column.values) group.values.push(value);
    found.set(leaf, { quantile, group });
  }
  return new Map([...found].filter(([, { group }]) => group.quantiles.size > 1));
}

function quantileLabel({ quantile }: Piece): readonly OptionEntry[] {
  return quantile === undefined ? [] : [['quantile', quantile]];
}

/** Names of metrics that the document has. */
interface Names {
  readonly names: readonly string[];
  /** Where each element has its own. */
  readonly path: OptionEntry;
}

const METRIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*(?:[._:-][a-zA-Z0-9_]+)+$/;
const METRICS = /^(gauges?|metrics?|measurements?|stats|statistics|values|counters?|variables?)$/;
const MAX_NAMES = 150;

/** The names of elements that are metrics: `[{"Name": "heap.used", "Value": 5}]`. Undefined where they are no such names. */
function findNames({ scope, labels, depth, isFolded }: Plan): Names | undefined {
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

/** A value of which some elements have null or an empty text; undefined where these could not be left out. */
function findMessy(
  leaf: Leaf,
  plan: Plan,
  { options }: NumberChoice,
): { readonly value: Option; readonly step?: string } | undefined {
  const { scope } = plan;
  const { keys, kinds, texts } = leaf;
  const isMixed = isJunky(leaf);
  if (scope.kind === 'root' || (isMixed && plan.isFolded)) return undefined;
  if (plan.isFolded || (!isMixed && scope.kind === 'list' && !hasKeyLabel(plan))) {
    const step = renderFiltered(scope.keys, keys, { skipsEmpty: texts.empties > 0 });
    return { value: toValue(['path', renderPath(keys)], options), step };
  }
  const field = renderField(keys);
  if (kinds.booleans > 0 && kinds.numbers === 0) return { value: toValue(['cel', `${field} ? 1.0 : 0.0`], options) };
  const isPlain = texts.count === 0 || isMixed || texts.reading?.kind === 'number';
  return isPlain ? { value: toValue(['cel', `double(${field})`], options.map(toScale)) } : undefined;
}

/** A date of numbers as a scale: an infinite number is no date. */
function toScale(option: OptionEntry): OptionEntry {
  const scale = option[0] === 'date' ? EPOCH_SCALES.get(option[1]) : undefined;
  return scale === undefined ? option : ['scale', scale];
}

const EPOCH_SCALES: ReadonlyMap<Option, number> = new Map([
  ['unix_ms', 1e-3],
  ['unix_us', 1e-6],
  ['unix_ns', 1e-9],
]);

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

/** What a label has where the field is missing, null or empty. */
function defaultOf({ kinds, texts, column }: Leaf, { scope }: Plan): readonly OptionEntry[] {
  const isPartial = column.values.length < scope.elements.length || kinds.nulls + texts.empties > 0;
  return isPartial ? [['default', 'none']] : [];
}
