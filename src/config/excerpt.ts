import type { Problem } from '../model/errors.js';
import { parsePlace } from './place.js';
import { createConfigSchema } from './schema/config-schema.js';
import { createUnitTestSchema } from './schema/unit-test-schema.js';
import { createWebSchema } from './schema/web-schema.js';

/** A line of a file as a message shows it, and a caret below the place of a problem. */
export interface Excerpt {
  readonly line: string;
  readonly caret: string;
}

const MAX_LENGTH = 120;
const CUT = '…';

/** Quotes the line of a problem from the text of its file; undefined where nothing would be left to see. */
export type LineQuoter = (text: string, problem: Problem) => Excerpt | undefined;

/**
 * Makes what quotes lines. Only words that cannot be secret are shown: those of the formats themselves, short numbers, and
 * what the problem names anyway; others are cut.
 */
export function createLineQuoter(): LineQuoter {
  const vocabulary = new Set([createConfigSchema(), createWebSchema(), createUnitTestSchema()].flatMap(collectWords));
  return (text, problem) => {
    const place = parsePlace(problem.where);
    const line = place === undefined ? undefined : text.replace(/^\uFEFF/, '').split(/\r?\n/)[place.line - 1];
    if (place === undefined || line === undefined || line.length > 10 * MAX_LENGTH) return undefined;
    const shown = listPublicWords(problem);
    const isPublic = (word: string) => /^\d{1,4}$/.test(word) || vocabulary.has(word) || shown.has(word);
    const before = hide(line.slice(0, place.column - 1), isPublic);
    const behind = hide(line.slice(place.column - 1), isPublic);
    if (!/[\p{L}\p{N}{}[\]]/u.test(before + behind)) return undefined;
    const number = String(place.line).padStart(4);
    return {
      line: `${number} | ${(before + behind).slice(0, MAX_LENGTH).trimEnd()}`,
      caret: `${' '.repeat(number.length)} | ${' '.repeat(before.length)}^`,
    };
  };
}

/** Replaces every word that may be secret. Tabs become blanks, so that the caret is below its place. */
function hide(text: string, isPublic: (word: string) => boolean): string {
  const masked = text.replace(/[^\s,:[\]{}"'|>?#-][^\s,:[\]{}"']*/gu, (word) => (isPublic(word) ? word : CUT));
  return masked.replace(/\t/g, ' ').replace(/…(?: …)+/g, CUT);
}

/** What the problem says itself. */
function listPublicWords({ where, message, hint = '' }: Problem): ReadonlySet<string> {
  return new Set(`${where} ${message} ${hint}`.split(/[\s,:[\]{}"'().?]+/).filter((word) => word.length > 1));
}

/** Every key and every fixed word of a schema. */
function collectWords(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(collectWords);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword === 'enum') return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
    const keys = keyword === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return [...keys, ...collectWords(value)];
  });
}
