import { type Drop, type DropCause, dropCauses } from '../model/drops.js';
import type { ScrapeOutcome } from '../model/scrape.js';

const MAX_REASONS = 20;

/** `3 samples were dropped (missing 2, value 1)`; undefined where none was. */
export function summarizeDrops({ drops }: ScrapeOutcome): string | undefined {
  if (drops.total === 0) return undefined;
  const counts = dropCauses.filter((cause) => drops.count(cause) > 0).map((cause) => `${cause} ${drops.count(cause)}`);
  return `${drops.total} ${drops.total === 1 ? 'sample was' : 'samples were'} dropped (${counts.join(', ')})`;
}

/**
 * Why samples were dropped, the first reasons of them: by the metric of the configuration and the element of the document
 * where the translator knows them, else by what was dropped. No value of the document is in it.
 */
export function listDropReasons(outcome: ScrapeOutcome): readonly string[] {
  const { drops } = outcome;
  if (drops.total === 0) return [];
  const details = (outcome.trace?.().details ?? []).map((detail) => ({
    ...detail,
    failures: detail.failures.filter((failure) => !NO_DROP.test(failure)),
  }));
  const located = details.flatMap(({ where, failures }) => failures.map((failure) => `${where}: ${failure}`));
  const names = details.filter(({ failures }) => failures.length > 0).map(({ name }) => name);
  const isLocated = ({ cause, where }: Drop) =>
    LOCATED_CAUSES.has(cause) && names.some((name) => where === name || where.startsWith(`${name}_`));
  const others = drops.examples.filter((drop) => !isLocated(drop)).map(({ where, message }) => `${where}: ${message}`);
  const reasons = [...new Set([...located, ...others])];
  const rest = reasons.length - MAX_REASONS;
  return rest > 0 ? [...reasons.slice(0, MAX_REASONS), `and ${rest} more reasons; --debug shows them`] : reasons;
}

/** What a sample goes without, and is exposed all the same. */
const NO_DROP = /^(label \S+|timestamp|exemplar|created|uptime): /;

/** Of elements of the document, whose place the details have. */
const LOCATED_CAUSES: ReadonlySet<DropCause> = new Set(['missing', 'path', 'value', 'name']);
