import { type MetricFamily, sameTexts } from '../model/metrics.js';
import { escapeHelp, escapeText } from './byte-writer.js';
import { createFamilyNames, type FamilyNames } from './family-names.js';
import type { FormatRules } from './format.js';

/** How the families of an exposition are written. */
export interface FamilyStyle {
  readonly rules: FormatRules;
  /** What OpenMetrics may call the counters of the same exposition, by their names with `_total`. */
  readonly shortNames: ReadonlyMap<string, string>;
}

/** What stands around the values of a family as bytes: none of it changes from one scrape to the next. */
export class FamilyHead {
  readonly #family: Pick<MetricFamily, 'name' | 'help' | 'type' | 'utf8'>;
  readonly #rules: FormatRules;
  readonly #shortName: string | undefined;
  readonly #names: FamilyNames;
  readonly #bySuffix = new Map<string, SeriesName>();
  /** The HELP and TYPE lines. */
  readonly lines: Uint8Array;

  constructor({ name, help, type, utf8 }: MetricFamily, { rules, shortNames }: FamilyStyle) {
    // Not the family itself, which has the rows of one scrape.
    this.#family = { name, help, type, ...(utf8 === undefined ? {} : { utf8 }) };
    this.#rules = rules;
    this.#shortName = shortNames.get(name);
    this.#names = createFamilyNames(this.#family, rules.takesUtf8);
    this.lines = Buffer.from(this.#describe());
  }

  /** Whether this is the head of that family too, in that style. */
  fits({ name, help, type, utf8 }: MetricFamily, { rules, shortNames }: FamilyStyle): boolean {
    const own = this.#family;
    const isSame = own.name === name && own.help === help && own.type === type && own.utf8 === utf8;
    return isSame && this.#rules === rules && this.#shortName === shortNames.get(name);
  }

  /** The series of a suffix: `_bucket`, or none. */
  series(suffix: string): SeriesName {
    const known = this.#bySuffix.get(suffix);
    if (known !== undefined) return known;
    const series = new SeriesName(this.#names, suffix);
    this.#bySuffix.set(suffix, series);
    return series;
  }

  #describe(): string {
    const { help } = this.#family;
    const { name, type } = this.#nameAndType();
    const spelt = this.#names.spell(name);
    const text = this.#rules.escapesHelpQuotes ? escapeText(help) : escapeHelp(help);
    return `# HELP ${spelt} ${text}\n# TYPE ${spelt} ${type}\n`;
  }

  #nameAndType(): { readonly name: string; readonly type: string } {
    const { name, type } = this.#family;
    const { untyped, stripsTotal } = this.#rules;
    if (type === 'untyped') return { name, type: untyped };
    if (type !== 'counter' || !stripsTotal) return { name, type };
    // OpenMetrics has counters with `_total` only. Any other keeps its name, which people query, and loses its type.
    return this.#shortName === undefined ? { name, type: untyped } : { name: this.#shortName, type };
  }
}

const NO_LABELS: readonly string[] = [];

/** One name of a family's series, up to the values of its labels. */
export class SeriesName {
  readonly #names: FamilyNames;
  #labels = NO_LABELS;
  #before: readonly Uint8Array[] = [];
  /** `name{`. */
  readonly open: Uint8Array;
  /** The name without labels, and the blank behind it. */
  readonly bare: Uint8Array;

  constructor(names: FamilyNames, suffix: string) {
    this.#names = names;
    this.open = Buffer.from(names.open(suffix));
    this.bare = Buffer.from(`${names.bare(suffix)} `);
  }

  /** What stands before the value of each label: `a="`, `",b="`, ... Kept for labels of the same names. */
  before(labels: readonly string[]): readonly Uint8Array[] {
    if (labels !== this.#labels && !sameTexts(labels, this.#labels)) {
      this.#before = labels.map((label, i) => Buffer.from(`${i === 0 ? '' : '",'}${this.#names.label(label)}`));
    }
    this.#labels = labels;
    return this.#before;
  }
}

const MAX_HEADS = 2000;

/** Keeps heads from one scrape to the next. An upstream that names ever new families costs no more than that many. */
export class FamilyHeads {
  readonly #heads = new Map<string, FamilyHead>();

  find(family: MetricFamily, style: FamilyStyle): FamilyHead {
    const known = this.#heads.get(family.name);
    if (known?.fits(family, style) === true) return known;
    const head = new FamilyHead(family, style);
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
    this.#heads.set(family.name, head);
    return head;
  }
}
