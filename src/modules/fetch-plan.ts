import { loadPathCompiler } from '../jsonpath/compiler.js';
import { parseDocument } from '../jsonpath/document.js';
import type { Problem } from '../model/errors.js';
import type { FetchPlan } from '../model/fetch-plan.js';
import type { ModuleSpec, PagesSpec, PathText } from '../model/module.js';
import { readWhole } from '../translate/document/chunked-document.js';
import { notingProblems } from './elements.js';
import { compileFollow } from './follow-url.js';
import { compilePages } from './next-page.js';

/** Compiles the paths and the template of `pages` and `follow`. What does not compile is a problem, and no plan. */
export async function compileFetchPlan(
  { pages, follow }: Pick<ModuleSpec, 'pages' | 'follow'>,
  problems: Problem[],
): Promise<FetchPlan | undefined> {
  const paths = [...(pages === undefined ? [] : listPaths(pages)), ...(follow === undefined ? [] : [follow.each])];
  const compilePath = await loadPathCompiler(paths.map(({ path }) => path));
  const compile = notingProblems(compilePath, problems);
  const known = problems.length;
  const plan: FetchPlan = {
    parse: (body, context) => readWhole(body, context, parseDocument),
    pages: pages === undefined ? undefined : compilePages(pages, compile),
    follow: follow === undefined ? undefined : compileFollow(follow, compile, problems),
  };
  return problems.length > known ? undefined : plan;
}

function listPaths({ items, next }: PagesSpec): readonly PathText[] {
  if (next.kind === 'url') return [items, next.url];
  return next.kind === 'cursor' ? [items, next.cursor] : [items];
}
