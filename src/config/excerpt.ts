import type { Problem } from '../model/errors.js';
import { isSecretName } from '../model/secret.js';
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
 * Makes what quotes lines. Keys of the formats, and those that the problem names, are shown. Values are cut, whatever they
 * are: but for the one that the problem points at, where its message quotes it and no name of a secret is before it.
 */
export function createLineQuoter(): LineQuoter {
  const vocabulary = new Set([createConfigSchema(), createWebSchema(), createUnitTestSchema()].flatMap(collectKeys));
  return (text, problem) => {
    const place = parsePlace(problem.where);
    const line = place === undefined ? undefined : text.replace(/^\uFEFF/, '').split(/\r?\n/)[place.line - 1];
    if (place === undefined || line === undefined || line.length > 10 * MAX_LENGTH) return undefined;
    const named = listNamedWords({ ...problem, where: place.path });
    const isKey = (word: string) => /\D/.test(word) && (vocabulary.has(word) || named.has(word));
    const isQuoted = (value: string) => problem.message.includes(`"${value.replace(/^(["'])(.*)\1$/, '$2')}"`);
    const { shown, caret } = hide(line, { at: place.column - 1, isKey, isQuoted });
    if (!/[\p{L}\p{N}{}[\]]/u.test(shown)) return undefined;
    const number = String(place.line).padStart(4);
    const part = cutAround(shown, caret);
    return {
      line: `${number} | ${part.shown.trimEnd()}`,
      caret: `${' '.repeat(number.length)} | ${' '.repeat(part.caret)}^`,
    };
  };
}

/** So much of a long line that the caret points at something. */
function cutAround(shown: string, caret: number): { readonly shown: string; readonly caret: number } {
  if (caret < MAX_LENGTH) return { shown: shown.slice(0, MAX_LENGTH), caret };
  const from = caret - MAX_LENGTH / 2;
  return { shown: CUT + shown.slice(from, from + MAX_LENGTH), caret: caret - from + CUT.length };
}

/** A text in quotes, complete or not; a separator; blanks; or all that is none of these. */
const TOKEN =
  /"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[{}[\],]|\s+|(?:[-?](?=\s|$))|[^\s,{}[\]"'](?:[^,{}[\]]*[^\s,{}[\]])?/gy;
/** A key and what makes it one, as YAML, JSON and HOCON write it. */
const KEY = /([^\s,:{}[\]"'#=]+)(\s*(?::(?=\s|$)|\+?=))/y;
const QUOTED_KEY = /(?:"([^"]*)"|'([^']*)')\s*[:=]/y;
/** How the text of a key begins on the lines below it. */
const BLOCK = /^[|>][-+\d]{0,2}\s*$/;

interface Showing {
  /** Where the problem is. */
  readonly at: number;
  readonly isKey: (word: string) => boolean;
  /** Whether the message has this value in quotes. */
  readonly isQuoted: (value: string) => boolean;
}

/**
 * A line with its separators and its public keys alone, and where the caret is in that. Tabs become blanks, so that the caret
 * is below its place.
 */
function hide(line: string, { at, isKey, isQuoted }: Showing): { readonly shown: string; readonly caret: number } {
  let shown = '';
  let caret: number | undefined;
  let isKeyPlace = true;
  let hasSecretName = false;
  /** Whether what comes next is the value of the key that the problem points at. */
  let isOfKey = false;
  for (let place = 0; place < line.length; ) {
    const key = isKeyPlace ? (match(QUOTED_KEY, line, place) ?? match(KEY, line, place)) : undefined;
    const whole = key?.[0] ?? match(TOKEN, line, place)?.[0] ?? line.charAt(place);
    const isHere = caret === undefined && at < place + whole.length;
    if (isHere) caret = shown.length;
    if (key !== undefined) {
      const name = key[1] ?? key[2] ?? '';
      const isOpen = isKey(name);
      hasSecretName ||= !isOpen || isSecretName(name);
      shown += isOpen ? whole : `${CUT}${/\s*[:=]$/.exec(whole)?.[0] ?? ''}`;
      isKeyPlace = false;
      isOfKey = isHere;
    } else if (/^\s/.test(whole)) {
      if (isHere) caret = shown.length + at - place;
      shown += ' '.repeat(whole.length);
    } else if (/^[{}[\],?-]$/.test(whole)) {
      shown += whole;
      isKeyPlace = true;
      isOfKey = false;
    } else {
      shown += (isHere || isOfKey) && !hasSecretName && isQuoted(whole) ? whole : cut(whole);
      isKeyPlace = false;
      isOfKey = false;
    }
    place += whole.length;
  }
  return { shown, caret: caret ?? shown.length };
}

/** A value as it is shown: no part of it. How a text on the lines below it begins is none. */
function cut(value: string): string {
  if (BLOCK.test(value)) return value.trimEnd();
  const [quote = ''] = /^["']/.exec(value) ?? [];
  return quote + CUT + quote;
}

function match(pattern: RegExp, text: string, place: number): RegExpExecArray | undefined {
  pattern.lastIndex = place;
  return pattern.exec(text) ?? undefined;
}

const BETWEEN_NAMED_WORDS = /[\s,:[\]{}"'().?]+/;

/** What the problem says itself. */
function listNamedWords({ where = '', message, hint = '' }: Partial<Problem>): ReadonlySet<string> {
  return new Set(`${where} ${message} ${hint}`.split(BETWEEN_NAMED_WORDS).filter((word) => word !== ''));
}

/** Every key of a schema. */
function collectKeys(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(collectKeys);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const keys = keyword === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return [...keys, ...collectKeys(value)];
  });
}
