import { parseGoFloat, parseGoInt } from '../../golang/number.js';
import { unquote } from '../../golang/quote.js';
import { GoInt } from '../../golang/values.js';
import type { ArrayNode, FilterNode, ListNode, TemplateNode } from './nodes.js';
import {
  END,
  isAlphanumeric,
  isDigit,
  isEndOfLine,
  isTerminator,
  type ScannedText,
  TemplateScanner,
} from './scanner.js';

/**
 * Reads a template of the Kubernetes JSONPath language, in the grammar of k8s.io/client-go/util/jsonpath, oddities
 * included. Throws PathSyntaxError and nothing else. Iterative: its stack does not grow with the template.
 */
export function parseTemplate(source: string): readonly TemplateNode[] {
  return parseText({ input: source, offset: 0, source });
}

/** Reads what stands inside braces. Text behind a closing brace in it is parsed and then left out, as in Go. */
function parseBlock(text: ScannedText): ListNode {
  const [first] = parseText(text);
  return first?.type === 'list' ? first : { type: 'list', nodes: [] };
}

function parseText(text: ScannedText): TemplateNode[] {
  const scanner = new TemplateScanner(text);
  const nodes: TemplateNode[] = [];
  for (;;) {
    const hasBlock = scanner.skipTo('{');
    const literal = scanner.take();
    if (literal !== '') nodes.push({ type: 'text', text: literal });
    if (!hasBlock) return nodes;
    scanner.skip(1);
    scanner.take();
    nodes.push({ type: 'list', nodes: readBlock(scanner) });
  }
}

function readBlock(scanner: TemplateScanner): TemplateNode[] {
  const nodes: TemplateNode[] = [];
  while (!scanner.startsWith('}')) {
    if (scanner.startsWith('[?(')) nodes.push(parseFilter(scanner));
    else if (scanner.startsWith('..')) nodes.push(...readDescent(scanner, nodes));
    else nodes.push(...readStep(scanner));
  }
  scanner.skip(1);
  scanner.take();
  return nodes;
}

function readStep(scanner: TemplateScanner): readonly TemplateNode[] {
  const character = scanner.next();
  if (character === END || isEndOfLine(character)) throw scanner.errorBehind('a block is not closed');
  if (character === ' ' || character === '@' || character === '$') {
    scanner.take();
    return [];
  }
  if (character === '[') return parseBrackets(scanner);
  if (character === '"' || character === "'") return [readQuoted(scanner, character)];
  if (character === '.') return [readField(scanner)];
  if (character === '+' || character === '-' || isDigit(character)) return [readNumber(scanner)];
  if (isAlphanumeric(character)) return [readWord(scanner)];
  throw scanner.errorBehind(`unrecognized character ${JSON.stringify(character)} in a block`);
}

function readDescent(scanner: TemplateScanner, before: readonly TemplateNode[]): readonly TemplateNode[] {
  if (before.at(-1)?.type === 'recursive') throw scanner.error('one recursive descent right after another');
  scanner.skip(2);
  scanner.take();
  const descent: TemplateNode = { type: 'recursive' };
  return isAlphanumeric(scanner.peek()) ? [descent, readField(scanner)] : [descent];
}

function readField(scanner: TemplateScanner): TemplateNode {
  scanner.take();
  for (;;) {
    const character = scanner.next();
    if (character === '\\') {
      scanner.next();
    } else if (isTerminator(character)) {
      scanner.backup();
      break;
    }
  }
  const name = scanner.take();
  return name === '*' ? { type: 'wildcard' } : { type: 'field', name: name.replaceAll('\\', '') };
}

function readQuoted(scanner: TemplateScanner, quote: string): TemplateNode {
  const start = scanner.sourceStart;
  for (;;) {
    const character = scanner.next();
    if (character === END || character === '\n') throw scanner.error('a quoted text is not closed', start);
    if (character === quote && !scanner.isEscaped()) break;
  }
  const text = unquote(scanner.take());
  if (text === undefined) throw scanner.error('a quoted text with an escape that does not exist', start);
  return { type: 'text', text };
}

function readNumber(scanner: TemplateScanner): TemplateNode {
  const start = scanner.sourceStart;
  let character: string;
  do {
    character = scanner.next();
  } while (character === '.' || isDigit(character));
  scanner.backup();
  const text = scanner.take();
  const integer = parseGoInt(text);
  if (integer !== undefined) return { type: 'constant', value: new GoInt(integer) };
  const float = parseGoFloat(text);
  if (float === undefined) throw scanner.error(`${text} is not a number`, start);
  return { type: 'constant', value: float };
}

function readWord(scanner: TemplateScanner): TemplateNode {
  while (!isTerminator(scanner.next())) {
    // Everything up to a terminator belongs to the word.
  }
  scanner.backup();
  const word = scanner.take();
  if (word === 'true' || word === 'false') return { type: 'constant', value: word === 'true' };
  return { type: 'identifier', name: word };
}

const KEY = /^'([^']*)'$/;
const SLICE = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/;

/** Beyond the length of any array. Indices are clamped to it so that they stay exact when a length is added. */
const MAX_INDEX = 2 ** 52;

/** Reads an index, slice, quoted key or union, whose `[` was read already. A quoted key is a path again: `['a.b']`. */
function parseBrackets(scanner: TemplateScanner): readonly TemplateNode[] {
  const start = scanner.sourceStart;
  for (;;) {
    const character = scanner.next();
    if (character === END || character === '\n') throw scanner.error('a bracket is not closed', start);
    if (character === ']') break;
  }
  const content = scanner.take().slice(1, -1);
  const text = content === '*' ? ':' : content;
  if (text.includes(',')) return [{ type: 'union', lists: parseUnion(text, { scanner, at: start + 1 }) }];
  const key = KEY.exec(text);
  if (key !== null) return parseBlock(scanner.block(`.${key[1]}`, start + 1)).nodes;
  return [parseSlice(text, { scanner, at: start })];
}

interface Place {
  readonly scanner: TemplateScanner;
  /** Where the text stands in the source. */
  readonly at: number;
}

function parseUnion(text: string, place: Place): ListNode[] {
  const lists: ListNode[] = [];
  let at = place.at;
  for (const part of text.split(',')) {
    const leading = part.length - part.replace(/^ +/, '').length;
    const item = part.replace(/^ +| +$/g, '');
    lists.push(parseBlock(place.scanner.block(`[${item}]`, at + leading - 1)));
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

const OPENING = '[?(';

/** One comparison: the shortest right side would do, but the text ends with it. Go's `.` stops at line feeds only. */
const COMPARISON = /^([^!<>=]+)([!<>=]+)([^\n]+?)$/;

/** Reads a filter from `[?(` to `)]`. There is one comparison, or none, in it; both sides are blocks of their own. */
function parseFilter(scanner: TemplateScanner): FilterNode {
  const opened = scanner.sourceStart;
  scanner.skip(OPENING.length);
  scanner.take();
  const start = scanner.sourceStart;
  skipToClosing(scanner, opened);
  if (scanner.next() !== ']') throw scanner.errorBehind('a filter must end with )]');
  const text = scanner.take().slice(0, -2);
  const match = COMPARISON.exec(text);
  if (match === null) {
    const left = parseBlock(scanner.block(text, start));
    return { type: 'filter', left, right: { type: 'list', nodes: [] }, operator: 'exists' };
  }
  const [, left = '', operator = '', right = ''] = match;
  const rightStart = start + left.length + operator.length;
  return {
    type: 'filter',
    left: parseBlock(scanner.block(left, start)),
    right: parseBlock(scanner.block(right, rightStart)),
    operator,
  };
}

/** Up to the first `)` that is not between the first quote and the next unescaped one of its kind. */
function skipToClosing(scanner: TemplateScanner, opened: number): void {
  let quote: string | undefined;
  let isClosed = false;
  for (;;) {
    const character = scanner.next();
    if (character === END || character === '\n') throw scanner.error('a filter is not closed', opened);
    if (character === '"' || character === "'") {
      if (quote === undefined) quote = character;
      else if (character === quote && !scanner.isEscaped()) isClosed = true;
    } else if (character === ')' && (quote === undefined || isClosed)) {
      return;
    }
  }
}
