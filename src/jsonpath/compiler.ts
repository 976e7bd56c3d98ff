import { compileTemplate } from './kubernetes/template.js';
import { type CompiledPath, type PathOptions, PathSyntaxError } from './path.js';

/** Compiles a path of either language. Throws PathSyntaxError. */
export type PathCompiler = (source: string, options: PathOptions) => CompiledPath;

/**
 * `$` is where an RFC 9535 query begins, if a segment or nothing follows. `${.name}` and `$5` cannot be queries; they
 * are text and stay what they are in json_exporter.
 */
const QUERY = /^\$(?:[ \t\r\n]*[.[]|$)/;

/** Whether a path is an RFC 9535 query, and not a template of the Kubernetes JSONPath language. */
export function isQuery(source: string): boolean {
  return QUERY.test(source);
}

/**
 * The compiler for a set of paths. The engine for queries takes some 35 ms to load, so it is loaded only if one of the
 * paths is a query; without it the compiler refuses queries.
 */
export async function loadPathCompiler(sources: Iterable<string>): Promise<PathCompiler> {
  const compileQuery = [...sources].some(isQuery) ? (await import('./rfc9535/query.js')).compileQuery : refuseQuery;
  return (source, options) => (isQuery(source) ? compileQuery : compileTemplate)(source, options);
}

function refuseQuery(source: string): CompiledPath {
  throw new PathSyntaxError('a query that the compiler was not loaded for', { source, position: 0 });
}
