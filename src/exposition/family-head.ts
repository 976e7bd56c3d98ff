import { type MetricFamily, sameTexts } from '../model/metrics.js';
import { ByteWriter, escapeText, toView } from './byte-writer.js';
import { isLegacyLabelName, isLegacyMetricName } from './escaping.js';
import type { FormatRules } from './format.js';
import { type FamilyFacts, writeMetadata } from './metadata.js';
import type { OpenMetricsNames } from './openmetrics-names.js';
import { TAG_LABEL } from './protobuf-fields.js';

/** How the families of an exposition are written. */
export interface FamilyStyle {
  readonly rules: FormatRules;
  readonly names: OpenMetricsNames;
}

const NO_LABELS: readonly string[] = [];

/** What stands around the values of a family as bytes: none of it changes from one scrape to the next. */
export class FamilyHead {
  readonly #facts: FamilyFacts;
  readonly #rules: FormatRules;
  readonly #bySuffix = new Map<string, SeriesName>();
  #pairLabels = NO_LABELS;
  #pairs: readonly Uint8Array[] = [];
  /** What OpenMetrics 1.0 calls the family, where that is not its name. */
  readonly shortName: string | undefined;
  /** The lines, or the fields, in front of the samples. */
  readonly metadata: Uint8Array;

  constructor({ name, help, type, unit }: MetricFamily, { rules, names }: FamilyStyle) {
    // Not the family itself, which has the rows of one scrape.
    this.#facts = { name, help, type, ...(unit === undefined ? {} : { unit }) };
    this.#rules = rules;
    this.shortName = names.shortNames.get(name);
    this.metadata = writeMetadata(this.#facts, rules.name, this.shortName);
  }

  /** Whether this is the head of that family too, in that style. */
  fits({ name, help, type, unit }: MetricFamily, { rules, names }: FamilyStyle): boolean {
    const own = this.#facts;
    const isSame = own.name === name && own.help === help && own.type === type && own.unit === unit;
    return isSame && this.#rules === rules && this.shortName === names.shortNames.get(name);
  }

  /** The series of a suffix: `_bucket`, or none. */
  series(suffix: string): SeriesName {
    return this.namedSeries(this.#facts.name + suffix);
  }

  /** The series of a name that is not the family's with a suffix. */
  namedSeries(name: string): SeriesName {
    const known = this.#bySuffix.get(name);
    if (known !== undefined) return known;
    const series = new SeriesName(name);
    this.#bySuffix.set(name, series);
    return series;
  }

  /** In protobuf: what stands in front of the value of each label, its name. Kept for labels of the same names. */
  pairs(labels: readonly string[]): readonly Uint8Array[] {
    if (labels !== this.#pairLabels && !sameTexts(labels, this.#pairLabels)) this.#pairs = labels.map(beginPair);
    this.#pairLabels = labels;
    return this.#pairs;
  }
}

/** One name of a family's series, up to the values of its labels. A name that needs quotes has them, inside the braces. */
export class SeriesName {
  #labels = NO_LABELS;
  #before: readonly DataView[] = [];
  /** `name{`, or `{"na.me",`. */
  readonly open: DataView;
  /** The name without labels, and the blank behind it. */
  readonly bare: DataView;

  constructor(name: string) {
    const isPlain = isLegacyMetricName(name);
    const quoted = isPlain ? '' : `"${escapeText(name)}"`;
    this.open = toView(Buffer.from(isPlain ? `${name}{` : `{${quoted},`));
    this.bare = toView(Buffer.from(isPlain ? `${name} ` : `{${quoted}} `));
  }

  /** What stands before the value of each label: `a="`, `",b="`, ... Kept for labels of the same names. */
  before(labels: readonly string[]): readonly DataView[] {
    if (labels !== this.#labels && !sameTexts(labels, this.#labels)) {
      this.#before = labels.map((label, i) => toView(Buffer.from(`${i === 0 ? '' : '",'}${spellLabel(label)}`)));
    }
    this.#labels = labels;
    return this.#before;
  }
}

/** A label up to its value: `code="`, `"k8s.name"="`. */
export function spellLabel(name: string): string {
  return isLegacyLabelName(name) ? `${name}="` : `"${escapeText(name)}"="`;
}

/** A label of protobuf from its name to the tag of its value. */
function beginPair(name: string): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(TAG_LABEL.name);
  writer.sizedText(name);
  writer.byte(TAG_LABEL.value);
  return new Uint8Array(writer.finish());
}

const MAX_HEADS = 2000;

/** Keeps heads by their names, for each format. An upstream that names ever new families costs no more than that many. */
export class KeptHeads<Head> {
  readonly #byRules = new Map<FormatRules, Map<string, Head>>();

  get(rules: FormatRules, name: string): Head | undefined {
    return this.#byRules.get(rules)?.get(name);
  }

  /** Keeps a head in place of the one of that name, and gives it. */
  keep(rules: FormatRules, name: string, ...[head]: [head: Head]): Head {
    const heads = this.#byRules.get(rules) ?? new Map<string, Head>();
    this.#byRules.set(rules, heads);
    if (heads.size >= MAX_HEADS) heads.clear();
    heads.set(name, head);
    return head;
  }
}

/** Keeps the heads of families from one scrape to the next. */
export class FamilyHeads {
  readonly #heads = new KeptHeads<FamilyHead>();

  find(family: MetricFamily, style: FamilyStyle): FamilyHead {
    const { rules } = style;
    const known = this.#heads.get(rules, family.name);
    if (known?.fits(family, style) === true) return known;
    return this.#heads.keep(rules, family.name, ...[new FamilyHead(family, style)]);
  }
}
