import type { MetricFamily } from '../model/metrics.js';
import { escapeText } from './byte-writer.js';

/**
 * How the names of a family are written. Where the scraper takes UTF-8, a name that is not of the old form stands in
 * quotes: `{"my.metric","k8s.name"="x"} 1` (Prometheus' proposal "UTF-8 support for metric and label names").
 */
export interface FamilyNames {
  /** The metric in HELP and TYPE; without `_total`, say, where the format wants that. */
  spell(name: string): string;
  /** The metric up to its first label: `name{`. */
  open(suffix: string): string;
  /** The metric without labels. */
  bare(suffix: string): string;
  /** A label up to its value: `code="`. */
  label(name: string): string;
}

const OLD_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Names as they are in the family, or as they were before they were escaped. */
export function createFamilyNames(family: Pick<MetricFamily, 'name' | 'utf8'>, usesUtf8: boolean): FamilyNames {
  const utf8 = usesUtf8 ? family.utf8 : undefined;
  const rename = (name: string): string =>
    utf8 === undefined || !name.startsWith(family.name) ? name : utf8.name + name.slice(family.name.length);
  const metric = (suffix: string): string => quoteUnlessOld(rename(family.name + suffix));
  return {
    spell: (name) => quoteUnlessOld(name === family.name ? rename(name) : name),
    open: (suffix) => {
      const name = metric(suffix);
      return name.startsWith('"') ? `{${name},` : `${name}{`;
    },
    bare: (suffix) => {
      const name = metric(suffix);
      return name.startsWith('"') ? `{${name}}` : name;
    },
    label: (name) => `${quoteUnlessOld(utf8?.labels.get(name) ?? name)}="`,
  };
}

function quoteUnlessOld(name: string): string {
  return OLD_NAME.test(name) ? name : `"${escapeText(name)}"`;
}
