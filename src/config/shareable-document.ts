import { isSecretName, MASK } from '../model/secret.js';
import { maskText } from '../net/masking.js';

export interface ShareableDocument {
  readonly text: string;
  /** What was left out, in words. */
  readonly leftOut: readonly string[];
}

/** Texts that are documents themselves are looked into; deeper ones are left out. */
const MAX_TEXTS_WITHIN = 3;
const MAX_NAME_LENGTH = 200;

/** Members that name what another member of the same object is the value of. */
const NAMING = /^(?:name|key|header|param|parameter|field|variable|property)$/i;
const VALUE = /^(?:values|val|content|data|text|default|raw)$|value$/i;

/**
 * A document, or a document per line, without what may be a secret: values of telling names whatever they are, values of
 * pairs of a telling name and a value, and credentials in texts. All else is as it was written. A text that is no JSON is
 * left out as a whole.
 */
export function shareDocument(text: string): ShareableDocument {
  const leftOut = new Set<string>();
  if (text.trim() === '') return { text, leftOut: [] };
  const shared = maskDocument(text, leftOut, MAX_TEXTS_WITHIN) ?? maskLines(text, leftOut, MAX_TEXTS_WITHIN);
  if (shared === undefined) return { text: '', leftOut: ['the document, which is not valid JSON'] };
  return { text: shared, leftOut: [...leftOut] };
}

function maskLines(text: string, leftOut: Set<string>, textsWithin: number): string | undefined {
  const lines = text.split('\n').map((line) => (line.trim() === '' ? line : maskDocument(line, leftOut, textsWithin)));
  return lines.includes(undefined) ? undefined : lines.join('\n');
}

/** Part of the text, and what takes its place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

interface Level {
  readonly isObject: boolean;
  /** The name of the member whose value comes next; undefined before a name. */
  name: string | undefined;
  /** The telling name that the object gives a value for, if it is such a pair. */
  telling: string | undefined;
  /** Where its values are. */
  readonly values: Edit[];
  /** Where it begins, and how many edits there were. */
  readonly start: number;
}

/** Undefined for what is no JSON. Goes over the text once, without recursion but for texts within. */
function maskDocument(text: string, leftOut: Set<string>, textsWithin: number): string | undefined {
  if (!isJson(text)) return undefined;
  const edits: Edit[] = [];
  const levels: Level[] = [];
  const finish = (start: number, end: number, content: unknown) => {
    const level = levels.at(-1);
    const name = level?.name;
    if (level !== undefined && name !== undefined) {
      level.name = undefined;
      if (NAMING.test(name) && typeof content === 'string' && isTelling(content)) level.telling = content;
      const edit = { start, end, by: JSON.stringify(MASK) };
      if (isTelling(name)) {
        if (isPlain(content)) return;
        edits.push(edit);
        leftOut.add(`values of "${show(name)}"`);
        return;
      }
      if (VALUE.test(name) && !isPlain(content)) level.values.push(edit);
    }
    if (typeof content !== 'string') return;
    const masked = maskContent(content, leftOut, textsWithin);
    if (masked === content) return;
    edits.push({ start, end, by: JSON.stringify(masked) });
    leftOut.add(name === undefined ? 'credentials in texts' : `credentials in texts of "${show(name)}"`);
  };
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+/g)) {
    const end = index + token.length;
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      levels.push({ isObject: token === '{', name: undefined, telling: undefined, values: [], start: index });
    } else if (token === '}' || token === ']') {
      const closed = levels.pop();
      if (closed?.telling !== undefined && closed.values.length > 0) {
        edits.push(...closed.values);
        leftOut.add(`values of "${show(closed.telling)}"`);
      }
      finish(closed?.start ?? index, end, undefined);
    } else if (level?.isObject === true && level.name === undefined) {
      level.name = String(JSON.parse(token));
      const masked = maskContent(level.name, leftOut, textsWithin);
      if (masked === level.name) continue;
      edits.push({ start: index, end, by: JSON.stringify(masked) });
      leftOut.add('credentials in names');
    } else finish(index, end, JSON.parse(token));
  }
  return apply(text, edits);
}

/** What an edit has replaced as a whole is not looked at again. */
function apply(text: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let place = 0;
  for (const { start, end, by } of sorted) {
    if (start < place) continue;
    parts.push(text.slice(place, start), by);
    place = end;
  }
  return [...parts, text.slice(place)].join('');
}

/** How JSON begins, and templates and paths do not. */
const JSON_START = /^\s*(?:"|\{\s*["}]|\[\s*["{[\]\d-])/;

/** A text as it may be shared; one that is a document itself, or a document per line, as such. One that is damaged is left out. */
function maskContent(content: string, leftOut: Set<string>, textsWithin: number): string {
  if (!JSON_START.test(content)) return maskText(content);
  const masked =
    textsWithin === 0
      ? undefined
      : (maskDocument(content, leftOut, textsWithin - 1) ?? maskLines(content, leftOut, textsWithin - 1));
  if (masked !== undefined) return masked;
  return /^\s*[{[]\s*["{]/.test(content) || isJson(content) ? MASK : maskText(content);
}

function isTelling(name: string): boolean {
  return name.length > MAX_NAME_LENGTH || isSecretName(name);
}

/** True, false and null are nobody's secret. */
function isPlain(content: unknown): boolean {
  return content === null || typeof content === 'boolean';
}

function show(name: string): string {
  return maskText(name).slice(0, 40);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
