import { JSONPathEnvironment, JSONPathError, type JSONPathQuery, type Token } from 'json-p3';
import { PathSyntaxError } from '../path.js';

const environment = new JSONPathEnvironment();

/** A quoted text, or a number literal that begins with 0 and goes on, which json-p3 2.3 refuses: `0.5`, `0e1`. */
const LITERAL =
  /'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|(?<=[\s(,=<>?&|])0(?:\.(\d+))?(?:[eE]([+-]?\d+))?(?![\w.])/g;

/** json-p3 ends its messages with an excerpt of the query and the position. */
const EXCERPT = / \('[\s\S]*':-?\d+\)$/;

export interface ParsedQuery {
  readonly segments: JSONPathQuery['segments'];
  /** Where in the source a token of the syntax tree stands. */
  positionOf(token: Token): number;
}

/** Parses and type-checks an RFC 9535 query. Throws PathSyntaxError and nothing else. */
export function parseQuery(source: string): ParsedQuery {
  const rewritten = rewriteFractions(source);
  const positionOf = (token: Token) => token.index - shiftBefore(token.index, rewritten);
  try {
    return { segments: environment.compile(rewritten.text).segments, positionOf };
  } catch (thrown) {
    const position = thrown instanceof JSONPathError ? positionOf(thrown.token) : 0;
    throw new PathSyntaxError(describe(thrown), { source, position, cause: thrown });
  }
}

interface Rewritten {
  readonly text: string;
  /** How many characters the text has in excess before an index into it. */
  readonly shifts: readonly { readonly from: number; readonly by: number }[];
}

/** Writes fractions below 1 in a form that json-p3 reads, with the same decimal value: `0.05` as `5e-2`. */
function rewriteFractions(source: string): Rewritten {
  const shifts: { from: number; by: number }[] = [];
  let by = 0;
  const text = source.replace(LITERAL, (literal, fraction = '', exponent = '0', index: number) => {
    if (!literal.startsWith('0') || literal === '0') return literal;
    const digits = fraction.replace(/^0+/, '');
    const replacement = digits === '' ? '0' : `${digits}e${Number(exponent) - fraction.length}`;
    const end = index + literal.length + by;
    by += replacement.length - literal.length;
    shifts.push({ from: end, by });
    return replacement;
  });
  return { text, shifts };
}

function shiftBefore(index: number, { shifts }: Rewritten): number {
  return shifts.findLast((shift) => shift.from <= index)?.by ?? 0;
}

function describe(thrown: unknown): string {
  if (thrown instanceof RangeError) return 'the query nests too deep';
  return thrown instanceof JSONPathError ? thrown.message.replace(EXCERPT, '') : 'the query cannot be parsed';
}
