import { parseGoInt } from '../../golang/number.js';
import type { ArrayNode, ListNode, TemplateNode } from './nodes.js';
import { END, type ParseBlock, type TemplateScanner } from './scanner.js';

const KEY = /^'([^']*)'$/;
const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;

/** Beyond the length of any array. Indices are clamped to it so that they stay exact when a length is added. */
const MAX_INDEX = 2 ** 52;

/** Reads an index, slice, quoted key or union, whose `[` was read already. A quoted key is a path again: `['a.b']`. */
export function parseBrackets(scanner: TemplateScanner, parseBlock: ParseBlock): readonly TemplateNode[] {
  const start = scanner.sourceStart;
  for (;;) {
    const character = scanner.next();
    if (character === END || character === '\n') throw scanner.error('a bracket is not closed', start);
    if (character === ']') break;
  }
  const content = scanner.take().slice(1, -1);
  const text = content === '*' ? ':' : content;
  if (text.includes(',')) return [{ type: 'union', lists: parseUnion(text, { scanner, parseBlock, at: start + 1 }) }];
  const key = KEY.exec(text);
  if (key !== null) return parseBlock(scanner.block(`.${key[1]}`, start + 1)).nodes;
  return [parseSlice(text, { scanner, parseBlock, at: start })];
}

interface Place {
  readonly scanner: TemplateScanner;
  readonly parseBlock: ParseBlock;
  /** Where the text stands in the source. */
  readonly at: number;
}

function parseUnion(text: string, place: Place): ListNode[] {
  const lists: ListNode[] = [];
  let at = place.at;
  for (const part of text.split(',')) {
    const leading = part.length - part.replace(/^ +/, '').length;
    const item = part.replace(/^ +| +$/g, '');
    lists.push(place.parseBlock(place.scanner.block(`[${item}]`, at + leading - 1)));
    at += part.length + 1;
  }
  return lists;
}

function parseSlice(text: string, place: Place): ArrayNode {
  const match = SLICE.exec(text);
  if (match === null) throw place.scanner.error(`invalid array index [${text}]`, place.at);
  const [, first = '', second = '', third = ''] = match;
  const start = parseBound(first, place);
  const end = parseBound(second.slice(1), place);
  const step = parseBound(third.slice(1), place);
  return {
    type: 'array',
    start: start === undefined ? undefined : clamp(start),
    end: end === undefined ? undefined : clampEnd(end, start),
    step: step === undefined ? undefined : clamp(step),
    isIndex: second === '',
  };
}

function parseBound(text: string, place: Place): bigint | undefined {
  if (text === '') return undefined;
  const value = parseGoInt(text);
  if (value === undefined) throw place.scanner.error(`array index ${text} is not a number`, place.at);
  return value;
}

function clamp(bound: bigint): number {
  return Math.max(-MAX_INDEX, Math.min(MAX_INDEX, Number(bound)));
}

/** An end that differs from the start still differs: equal bounds ask for nothing, which is never out of range. */
function clampEnd(end: bigint, start: bigint | undefined): number {
  const clamped = clamp(end);
  return start !== undefined && start !== end && clamp(start) === clamped ? clamped + 1 : clamped;
}
