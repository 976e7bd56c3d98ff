/** A step into a document: a key of a map, or `[]` for an element of a list. */
export type Step = string;

export const ELEMENT: Step = '[]';

/** Where somebody types: the way to the map or value there, and what of the word is there already. */
export interface YamlContext {
  /** For a key the map that it belongs to; for a value the key, or the list. */
  readonly path: readonly Step[];
  readonly position: 'key' | 'value';
  /** The text in front of the caret that is to be completed. */
  readonly prefix: string;
}

interface Frame {
  readonly kind: 'map' | 'list';
  /** The column of a block; -1 within brackets. */
  readonly column: number;
  /** The key whose value follows. */
  key: string | undefined;
}

const KEY =
  /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#{}[\],&*!|>'"%@`-][^:#{}[\],]*?|-[^\s:][^:#{}[\],]*?))\s*:(?=\s|$)/;

/**
 * Finds where an offset is in YAML that need not be complete: blocks by their indentation, and brackets. Of an invalid
 * text it may find another place, which is no harm: the place is for suggestions.
 */
export function findContext(text: string, offset: number): YamlContext {
  const lines = text.slice(0, offset).split('\n');
  const last = lines.length - 1;
  const frames: Frame[] = [];
  /** The column of the key of a text over several lines; its lines are further to the right. */
  let literal: number | undefined;
  let flow = 0;
  let rest: YamlContext = { path: [], position: 'key', prefix: '' };
  lines.forEach((line, i) => {
    const indent = line.length - line.trimStart().length;
    const isBlank = line.trim() === '' || line.trimStart().startsWith('#');
    if (literal !== undefined && (isBlank || indent > literal)) {
      rest = { path: pathOf(frames), position: 'value', prefix: '' };
      if (i !== last || indent > literal) return;
    }
    literal = undefined;
    if (flow === 0 && isBlank && i !== last) return;
    const scanned = flow > 0 ? scanFlow(line, frames, flow) : scanBlock(line, indent, frames);
    flow = scanned.flow;
    literal = scanned.literal;
    rest = scanned.context;
  });
  return rest;
}

interface Scanned {
  readonly flow: number;
  readonly literal: number | undefined;
  readonly context: YamlContext;
}

/** A line outside of brackets. */
function scanBlock(line: string, indent: number, frames: Frame[]): Scanned {
  let column = indent;
  while (/^-(\s|$)/.test(line.slice(column))) {
    openList(frames, column);
    column += 1 + (line.slice(column + 1).length - line.slice(column + 1).trimStart().length);
    if (column >= line.length) break;
  }
  const content = line.slice(column);
  const key = KEY.exec(content);
  if (key !== null) {
    const frame = openMap(frames, column);
    frame.key = key[1] ?? key[2] ?? key[3] ?? '';
    const behind = content.slice(key[0].length);
    const value = behind.trimStart();
    if (/^[{[]/.test(value)) return scanFlow(value, frames, 0);
    const literal = /^[|>][-+\d]*\s*$/.test(value) ? column : undefined;
    return { flow: 0, literal, context: { path: pathOf(frames), position: 'value', prefix: value } };
  }
  if (/^[{[]/.test(content)) {
    closeDeeper(frames, column);
    return scanFlow(content, frames, 0);
  }
  // A word that is not a key yet: what it belongs to shows in its column.
  const path = pathOf(frames.filter((frame) => frame.column < column));
  return { flow: 0, literal: undefined, context: { path, position: 'key', prefix: content } };
}

/** A text within brackets, or one that begins with them. */
function scanFlow(text: string, frames: Frame[], depthBefore: number): Scanned {
  let depth = depthBefore;
  let word = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '"' || character === "'") {
      const end = findQuoteEnd(text, i);
      word = text.slice(i, end);
      i = end - 1;
    } else if (character === '{' || character === '[') {
      frames.push({ kind: character === '{' ? 'map' : 'list', column: -1, key: undefined });
      depth++;
      word = '';
    } else if (character === '}' || character === ']') {
      const opened = frames.findLastIndex((frame) => frame.column === -1);
      if (opened >= 0) frames.splice(opened);
      depth--;
      word = '';
      if (depth === 0)
        return { flow: 0, literal: undefined, context: { path: pathOf(frames), position: 'value', prefix: '' } };
    } else if (character === ',') {
      const frame = frames.at(-1);
      if (frame !== undefined) frame.key = undefined;
      word = '';
    } else if (character === ':' && /^(\s|$)/.test(text.slice(i + 1)) && frames.at(-1)?.kind === 'map') {
      const frame = frames.at(-1);
      if (frame !== undefined) frame.key = word.trim().replace(/^["']|["']$/g, '');
      word = '';
    } else {
      word += character;
    }
  }
  const frame = frames.at(-1);
  const isKey = frame?.kind === 'map' && frame.key === undefined;
  return {
    flow: depth,
    literal: undefined,
    context: { path: pathOf(frames), position: isKey ? 'key' : 'value', prefix: word.trimStart() },
  };
}

function findQuoteEnd(text: string, start: number): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (quote === '"' && text[i] === '\\') i++;
    else if (text[i] === quote) return i + 1;
  }
  return text.length;
}

function closeDeeper(frames: Frame[], column: number): void {
  while ((frames.at(-1)?.column ?? -2) > column) frames.pop();
}

/** A list may be in the column of the key that it is the value of. */
function openList(frames: Frame[], column: number): void {
  closeDeeper(frames, column);
  const top = frames.at(-1);
  if (top?.kind === 'list' && top.column === column) return;
  frames.push({ kind: 'list', column, key: undefined });
}

function openMap(frames: Frame[], column: number): Frame {
  closeDeeper(frames, column);
  if (frames.at(-1)?.kind === 'list' && frames.at(-1)?.column === column) frames.pop();
  const top = frames.at(-1);
  if (top?.kind === 'map' && top.column === column) return top;
  const frame: Frame = { kind: 'map', column, key: undefined };
  frames.push(frame);
  return frame;
}

function pathOf(frames: readonly Frame[]): readonly Step[] {
  return frames.flatMap(({ kind, key }) => (kind === 'list' ? [ELEMENT] : key === undefined ? [] : [key]));
}

/** The keys at the left margin. */
export function listRootKeys(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const key = /^\s/.test(line) ? null : KEY.exec(line);
    return key === null ? [] : [key[1] ?? key[2] ?? key[3] ?? ''];
  });
}
