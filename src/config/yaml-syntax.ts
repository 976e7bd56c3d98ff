import {
  Composer,
  type Document,
  isScalar,
  Lexer,
  type LineCounter,
  type Node,
  Parser,
  Scalar,
  visit,
  type YAMLParseError,
} from 'yaml';

/** What is wrong with a text as YAML: where, in our words, and what to do. Nothing of the text is repeated. */
export interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** How deep maps and lists nest, one in the other. */
export const MAX_DEPTH = 64;

/** What the parser has on its stack besides: the document, a scalar, and more for a map that begins in a list. */
const STACK_REST = 16;

/** Thrown where a text nests too deep; `offset` is where it begins to. */
export class NestingError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super(`nested deeper than ${MAX_DEPTH} levels`);
    this.offset = offset;
  }
}

/**
 * The documents of a text, each key as often as it is there. Throws NestingError at once where it nests too deep: the
 * parser takes time and memory by the square of the depth.
 */
export function parseYaml(
  text: string,
  { lineCounter, strict = true }: { readonly lineCounter?: LineCounter; readonly strict?: boolean } = {},
): readonly Document.Parsed[] {
  const parser = new Parser(lineCounter?.addNewLine);
  const options = { prettyErrors: false, uniqueKeys: false, merge: false, strict };
  const tokens = function* () {
    lineCounter?.addNewLine(0);
    for (const lexeme of new Lexer().lex(text)) {
      yield* parser.next(lexeme);
      if (parser.stack.length > MAX_DEPTH + STACK_REST) throw new NestingError(parser.offset - lexeme.length);
    }
    yield* parser.end();
  };
  return [...new Composer(options).compose(tokens())];
}

/** The first thing that is wrong with a document, since one mistake makes the parser stumble many times. */
export function findSyntaxProblem(document: Document.Parsed, text: string): SyntaxProblem | undefined {
  const [error] = document.errors;
  if (error === undefined) return undefined;
  const found = findUnclosed(document, text) ?? describeError(error, text);
  return findInvisible(text, found.offset) ?? findUnquoted(text, found.offset) ?? found;
}

/** Text that is not UTF-8, which a parser would take for something else. */
export function findEncodingProblem(text: string): SyntaxProblem | undefined {
  if (/^\uFFFD{2}|^.?\0/.test(text)) {
    return { offset: 0, message: 'the file is UTF-16, not UTF-8', hint: 'save it as UTF-8' };
  }
  const offset = text.search(/[\uFFFD\0]/);
  if (offset < 0) return undefined;
  const message = text[offset] === '\0' ? 'NUL byte' : 'bytes that are not UTF-8';
  return { offset, message, hint: 'save the file as UTF-8' };
}

/** Characters that look like a space and are none. */
function findInvisible(text: string, errorOffset: number): SyntaxProblem | undefined {
  const { start, line } = lineAt(text, errorOffset);
  const space = line.search(/[\u00A0\u2007\u202F]/);
  if (space >= 0) {
    const code = line.charCodeAt(space).toString(16).toUpperCase().padStart(4, '0');
    return { offset: start + space, message: `no-break space (U+${code})`, hint: 'replace it with a space' };
  }
  const [indentation = ''] = /^[ \t]*/.exec(line) ?? [];
  const tab = indentation.indexOf('\t');
  return tab < 0 ? undefined : { offset: start + tab, message: 'tab in the indentation', hint: 'indent with spaces' };
}

/** Texts that YAML takes for a map unless they are in quotes, on the line of a mistake. */
const UNQUOTED = [
  { pattern: /(?:^|[\s,[:-])\{\{/, message: '{{ starts a map here', hint: "put the template in quotes: '{{ .name }}'" },
  { pattern: /(?:^|[\s,[:-])\$\{/, message: '{ starts a map here', hint: 'put the variable in quotes: "${NAME}"' },
  { pattern: /(?:^|[\s,[:-])\{\s*[.@$[]/, message: '{ starts a map here', hint: "put the path in quotes: '{.name}'" },
] as const;

function findUnquoted(text: string, errorOffset: number): SyntaxProblem | undefined {
  const { start, line } = lineAt(text, errorOffset);
  for (const { pattern, message, hint } of UNQUOTED) {
    const match = pattern.exec(line);
    if (match !== null) return { offset: start + line.indexOf('{', match.index), message, hint };
  }
  return undefined;
}

/** The hint for a value that YAML took for a map or a list though it was meant as text; undefined for any other. */
export function hintUnquoted(source: string): string | undefined {
  return UNQUOTED.find(({ pattern }) => pattern.test(source.slice(0, 20)))?.hint;
}

/** A quote or bracket without its end: the parser notices at the end of the file, the mistake is at its beginning. */
function findUnclosed(document: Document.Parsed, text: string): SyntaxProblem | undefined {
  const [error] = document.errors.filter(({ message }) =>
    /^Missing closing|must end with|sufficiently ind/.test(message),
  );
  if (error === undefined) return undefined;
  if (!error.message.startsWith('Missing'))
    return findOpenBracket(text) ?? { offset: error.pos[0], message: NO_BRACKET };
  let offset = error.pos[0];
  visit(document, {
    Scalar: (_key, node) => {
      const start = startOfQuote(node);
      if (start !== undefined && start < error.pos[0]) offset = start;
    },
  });
  return { offset, message: 'quote is not closed' };
}

const NO_BRACKET = 'bracket is not closed';

function startOfQuote(node: Node): number | undefined {
  if (!isScalar(node) || (node.type !== Scalar.QUOTE_DOUBLE && node.type !== Scalar.QUOTE_SINGLE)) return undefined;
  return node.range?.[0];
}

interface OpenBracket {
  readonly mark: string;
  readonly offset: number;
  /** What stands where its end should be; undefined at the end of the text. */
  readonly end: string | undefined;
}

/**
 * The bracket that somebody forgot to close: the first one that the end of another closes, as that leaves those around it
 * without theirs; else, of the first line with one that nothing closes, the innermost.
 */
function findOpenBracket(text: string): SyntaxProblem | undefined {
  const open = listOpenBrackets(text);
  const [first] = open;
  if (first === undefined) return undefined;
  const { start, line } = lineAt(text, first.offset);
  const isOnLine = ({ offset }: OpenBracket) => offset < start + line.length;
  const found = open.find((each) => each.end !== undefined) ?? open.findLast(isOnLine) ?? first;
  return { offset: found.offset, message: `"${found.mark}" is not closed` };
}

/** Marks of the lexer itself, which are not in the text, but for the byte order mark. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);
/** What the lexer has where lines further to the left end all brackets. */
const CUT_OFF = '\u0018';

const MAX_BLANKS = 200;

/** The brackets whose own end is not there, in the order of the text. */
function listOpenBrackets(text: string): readonly OpenBracket[] {
  const open: OpenBracket[] = [];
  const stack: { readonly mark: string; readonly offset: number }[] = [];
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const isCut = lexeme === CUT_OFF;
    const mark = isCut ? /\S/.exec(text.slice(offset, offset + MAX_BLANKS))?.[0] : lexeme;
    if (!isCut && (mark === '[' || mark === '{')) stack.push({ mark, offset });
    if (mark === ']' || mark === '}') {
      const top = stack.pop();
      if (top !== undefined && mark !== (top.mark === '[' ? ']' : '}')) open.push({ ...top, end: mark });
    }
    if (isCut) break;
    if (!MARKS.has(lexeme)) offset += lexeme.length;
  }
  open.push(...stack.map((each) => ({ ...each, end: undefined })));
  return open.sort((left, right) => left.offset - right.offset);
}

function describeError({ code, message, pos: [offset] }: YAMLParseError, text: string): SyntaxProblem {
  const { line, start } = lineAt(text, offset);
  const behind = line.slice(offset - start);
  switch (code) {
    case 'TAB_AS_INDENT':
      return { offset, message: 'tab in the indentation', hint: 'indent with spaces' };
    case 'BAD_SCALAR_START':
      return { offset, message: `"${text[offset] ?? ''}" cannot start a value`, hint: 'put the value in quotes' };
    case 'BAD_DQ_ESCAPE':
      return { offset, message: 'unknown escape sequence in double quotes', hint: 'use single quotes, or \\\\' };
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
      return { offset, message: 'invalid alias', hint: 'put text that starts with * in quotes' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return /: /.test(behind)
        ? { offset, message: 'unexpected second ": " on the line', hint: 'put a value that contains ": " in quotes' }
        : { offset: nextLine(text, offset), message: 'unexpected indentation' };
    case 'BLOCK_IN_FLOW':
      return { offset, message: 'missing comma' };
    case 'BAD_INDENT':
      return { offset, message: 'indentation does not match the lines above' };
    case 'MULTILINE_IMPLICIT_KEY':
    case 'MISSING_CHAR':
      return describeMissing(message, { offset, line });
    case 'UNEXPECTED_TOKEN':
      return describeUnexpected(text, offset);
    default:
      return { offset, message: 'invalid YAML' };
  }
}

function describeMissing(message: string, { offset, line }: { offset: number; line: string }): SyntaxProblem {
  if (message.includes('between flow')) return { offset, message: 'missing comma' };
  if (message.includes('Sequence item')) return { offset, message: 'expected "- " at the start of a list element' };
  const hint = /^[\s-]*[\w.-]+:[^\s/]/.test(line) ? 'put a space after the colon' : undefined;
  return { offset, message: 'expected "key: value"', hint };
}

function describeUnexpected(text: string, offset: number): SyntaxProblem {
  const mark = text[offset] ?? '';
  if ('{}[],:'.includes(mark) && mark !== '') return { offset, message: `unexpected "${mark}"` };
  return { offset, message: 'unexpected text after a value', hint: 'put the whole value in quotes' };
}

function lineAt(text: string, offset: number): { readonly start: number; readonly line: string } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return { start, line: text.slice(start, end < 0 ? undefined : end) };
}

/** The first character of the next line that has one. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return offset;
  const rest = text.slice(end + 1).search(/\S/);
  return rest < 0 ? offset : end + 1 + rest;
}
