import { errorAt, Failure } from './errors.js';
import { unquoteString } from './literals.js';

export interface Token {
  /** `open` and `close` are the delimiters, `symbol` any of `:= = | , ( ) .`, `end` the end of the source. */
  readonly kind:
    | 'text'
    | 'open'
    | 'close'
    | 'word'
    | 'field'
    | 'variable'
    | 'number'
    | 'character'
    | 'string'
    | 'symbol'
    | 'end';
  /** As in the source, but text as it is printed, strings unquoted, characters without quotes, fields without dot. */
  readonly text: string;
  readonly at: number;
  /** Whether space comes before it. */
  readonly spaced: boolean;
}

const space = /[ \t\r\n]+/y;
const leftTrim = /-[ \t\r\n]/y;
const commentEnd = /([ \t\r\n]-)?\}\}/y;
const actionEnd = /[ \t\r\n]*(?:(?<=[ \t\r\n])(-))?\}\}/y;
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /"((?:\\[^\n]|[^"\\\n])*)"/y],
  ['string', /`([^`]*)`/y],
  ['character', /'((?:\\[^\n]|[^'\\\n])*)'/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['number', /[+-]?(?:\d|\.\d)(?:[eE][+-]|[\p{L}\p{Nd}_.])*/uy],
  ['field', /\.([\p{L}\p{Nd}_]+)/uy],
  ['word', /[\p{L}\p{Nd}_]+/uy],
  ['symbol', /:=|[=|,().]/y],
];
/** What may follow a word, a field or a variable. */
const terminator = /[ \t\r\n.,|:()]|\}\}|$/y;

/** The tokens of a template, the last one of kind `end`. Throws a TemplateError where the source has none. */
export function lex(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const found = source.indexOf('{{', at);
    const open = found < 0 ? source.length : found;
    const trims = match(leftTrim, source, open + 2) !== null;
    const text = trims ? trimEnd(source.slice(at, open)) : source.slice(at, open);
    if (text !== '') tokens.push({ kind: 'text', text, at, spaced: false });
    if (found < 0) break;
    const start = open + (trims ? 4 : 2);
    if (source.startsWith('/*', start)) {
      at = skipComment(source, start);
      continue;
    }
    tokens.push({ kind: 'open', text: '{{', at: open, spaced: false });
    at = lexAction(source, start, tokens);
  }
  tokens.push({ kind: 'end', text: '', at: source.length, spaced: false });
  return tokens;
}

function skipComment(source: string, start: number): number {
  const end = source.indexOf('*/', start + 2);
  if (end < 0) throw errorAt(source, start, { message: 'the comment does not end', hint: 'comments end with */}}' });
  const close = match(commentEnd, source, end + 2);
  if (close === null) {
    throw errorAt(source, end + 2, { message: 'a comment must be all of its action', hint: 'write {{/* comment */}}' });
  }
  return afterClose(source, end + 2 + close[0].length, close[1] !== undefined);
}

/** Adds the tokens of an action up to its closing delimiter, and gives the offset behind it. */
function lexAction(source: string, start: number, tokens: Token[]): number {
  let at = start;
  for (let parens = 0; ; ) {
    const close = match(actionEnd, source, at);
    if (close !== null) {
      if (parens > 0) throw errorAt(source, at, { message: 'a parenthesis is not closed' });
      tokens.push({ kind: 'close', text: '}}', at: at + close[0].length - 2, spaced: false });
      return afterClose(source, at + close[0].length, close[1] !== undefined);
    }
    const skipped = match(space, source, at)?.[0].length ?? 0;
    const { token, end } = nextToken(source, at + skipped, skipped > 0 || at === start);
    if (token.kind === 'symbol' && token.text === '(') parens++;
    if (token.kind === 'symbol' && token.text === ')' && --parens < 0) {
      throw errorAt(source, token.at, { message: 'this parenthesis closes nothing' });
    }
    tokens.push(token);
    at = end;
  }
}

function nextToken(source: string, at: number, spaced: boolean): { token: Token; end: number } {
  for (const [kind, pattern] of patterns) {
    const found = match(pattern, source, at);
    if (found === null) continue;
    const end = at + found[0].length;
    if ((kind === 'word' || kind === 'field' || kind === 'variable') && match(terminator, source, end) === null) {
      throw unexpected(source, end);
    }
    return { token: { kind, text: tokenText(source, at, found), at, spaced }, end };
  }
  if (at >= source.length)
    throw errorAt(source, at, { message: 'the action is not closed', hint: 'actions end with }}' });
  if ('"`\''.includes(source.charAt(at)))
    throw errorAt(source, at, { message: 'the quotes are not closed on this line' });
  throw unexpected(source, at);
}

function tokenText(source: string, at: number, found: RegExpExecArray): string {
  const [whole, inner] = found;
  if (whole.startsWith('`')) return (inner ?? '').replaceAll('\r', '');
  if (!whole.startsWith('"')) return inner ?? whole;
  try {
    return unquoteString(inner ?? '');
  } catch (error) {
    throw error instanceof Failure ? errorAt(source, at, error) : error;
  }
}

function unexpected(source: string, at: number): Error {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const hint = 'arguments are separated by spaces; there are no operators: write add, sub, eq, lt, and, or';
  return errorAt(source, at, { message: `unexpected ${JSON.stringify(character)} in an action`, hint });
}

function afterClose(source: string, at: number, trims: boolean): number {
  return at + (trims ? (match(space, source, at)?.[0].length ?? 0) : 0);
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
