import { type CompiledPath, PathFailure, type PathOptions, PathSyntaxError } from '../path.js';
import { renderLists } from '../render.js';
import { numberOfMatch, numberOfText } from '../sample-value.js';
import { createSingularPath } from '../singular-path.js';
import { createQuerySteps, type SingularSteps, walkSteps } from '../singular-steps.js';
import { parseQuery } from './parser.js';
import { QueryLimitError, QueryRun } from './run.js';
import { compileSegments, type Fail, runSteps, type Step } from './segments.js';
import { singularKeys } from './singular.js';

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
  return createGeneralQuery(source, { start, steps, options });
}

interface GeneralQuery {
  readonly start: SingularSteps;
  readonly steps: readonly Step[];
  readonly options: PathOptions;
}

function createGeneralQuery(source: string, query: GeneralQuery): CompiledPath {
  const { options } = query;
  return {
    source,
    text(document) {
      const nodes = matchNodes(query, document);
      return nodes instanceof PathFailure ? nodes : renderLists([nodes], options);
    },
    number(document) {
      const nodes = matchNodes(query, document);
      if (nodes instanceof PathFailure) return nodes;
      return nodes.length === 1 ? numberOfMatch(nodes[0], options) : numberOfText(renderLists([nodes], options));
    },
    select(document) {
      const nodes = matchNodes(query, document);
      const isAllowed = nodes instanceof PathFailure && nodes.kind === 'missing' && options.allowMissingKey;
      return isAllowed ? [] : nodes;
    },
  };
}

function matchNodes({ start, steps }: GeneralQuery, document: unknown): readonly unknown[] | PathFailure {
  const first = walkSteps(start, document);
  if (first instanceof PathFailure) return first;
  try {
    return runSteps(steps, { nodes: [first], run: new QueryRun(document) });
  } catch (thrown) {
    if (thrown instanceof QueryLimitError) return new PathFailure('error', thrown.message);
    throw thrown;
  }
}
