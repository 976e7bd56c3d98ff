import { JSONPathEnvironment, JSONPathError, type JSONPathQuery, type Token } from 'json-p3';
import type { Work } from '../../model/work.js';
import { numberOfMatch, numberOfText, renderLists, renderValue } from '../matches.js';
import {
  type CompiledPath,
  PathFailure,
  PathLimit,
  type PathOptions,
  type PathShape,
  PathSyntaxError,
} from '../path.js';
import { createQuerySteps, createSingularPath, isAllowed, type SingularSteps, walkSteps } from '../singular.js';
import { QueryLimitError, QueryRun } from './regexp.js';
import { compileSegments, type Fail, runSteps, type Step } from './segments.js';
import { findRest, singularKeys } from './singular.js';

/**
 * Compiles an RFC 9535 query. Throws PathSyntaxError where it is none, and where a literal pattern of `match` or
 * `search` is no regular expression.
 *
 * json-p3 parses and type-checks; the evaluation is ours, over its syntax tree. json-p3's own evaluation keeps the
 * location of every node, overflows the stack on arrays of some 100 000 elements, reads `$` inside a nested filter as
 * the value of the filter around it, and counts UTF-16 code units in `length`.
 *
 * The names and indices that a query begins with are walked step by step, all of it where it is singular. They must be
 * there: `$.items[*]` over a document without `items` is `missing`, over an empty `items` it selects nothing. Where
 * names and indices do not fit, RFC 9535 knows no error; nothing matched.
 */
export function compileQuery(source: string, options: PathOptions): CompiledPath {
  const { segments, positionOf } = parseQuery(source);
  const keys = singularKeys(segments);
  const start = createQuerySteps(keys);
  if (keys.length === segments.length) return createSingularPath(source, { steps: start, options });
  const fail: Fail = (message, token) => new PathSyntaxError(message, { source, position: positionOf(token) });
  const steps = compileSegments(segments.slice(keys.length), fail);
  const shape = { keys, rest: findRest(segments.slice(keys.length)) };
  return createGeneralQuery(source, { start, steps, options, shape });
}

interface GeneralQuery {
  readonly start: SingularSteps;
  readonly steps: readonly Step[];
  readonly options: PathOptions;
  readonly shape: PathShape;
}

function createGeneralQuery(source: string, query: GeneralQuery): CompiledPath {
  const { options } = query;
  return {
    source,
    isSingular: false,
    shapes: [query.shape],
    text(document, work) {
      const nodes = matchNodes(query, document, work);
      if (nodes instanceof PathFailure) return nodes;
      const [node, another] = nodes;
      return node === null && another === undefined
        ? renderValue(null, options, work)
        : renderLists([nodes], options, work);
    },
    number(document, work) {
      const nodes = matchNodes(query, document, work);
      if (nodes instanceof PathFailure) return nodes;
      return nodes.length === 1 ? numberOfMatch(nodes[0], options) : numberOfText(renderLists([nodes], options, work));
    },
    select(document, work) {
      const nodes = matchNodes(query, document, work);
      return nodes instanceof PathFailure && isAllowed(nodes, options) ? [] : nodes;
    },
  };
}

function matchNodes(
  { start, steps }: GeneralQuery,
  document: unknown,
  ...[work]: [work: Work]
): readonly unknown[] | PathFailure {
  const first = walkSteps(start, document);
  if (first instanceof PathFailure) return first;
  try {
    return runSteps(steps, { nodes: [first], run: new QueryRun(document, work) });
  } catch (thrown) {
    if (thrown instanceof QueryLimitError) return new PathLimit(thrown.message);
    throw thrown;
  }
}

const environment = new JSONPathEnvironment();

/** A quoted text, or a number literal that begins with 0 and goes on, which json-p3 2.3 refuses: `0.5`, `0e1`. */
const LITERAL =
  /'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|(?<=[\s(,=<>?&|])0(?:\.(\d+))?(?:[eE]([+-]?\d+))?(?![\w.])/g;

/** json-p3 ends its messages with an excerpt of the query and the position. */
const EXCERPT = / \('[\s\S]*':-?\d+\)$/;

interface ParsedQuery {
  readonly segments: JSONPathQuery['segments'];
  /** Where in the source a token of the syntax tree stands. */
  positionOf(token: Token): number;
}

/** Parses and type-checks an RFC 9535 query. Throws PathSyntaxError and nothing else. */
function parseQuery(source: string): ParsedQuery {
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
