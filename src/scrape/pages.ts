import { ZxpError } from '../model/errors.js';
import type { PagesPlan } from '../model/fetch-plan.js';
import type { FetchRecord } from '../model/fetch-record.js';
import { type PlanRun, type WholeResponse, withBody } from './plan-run.js';

/** The first page with the elements of all pages. A single page stays as it came. */
export async function fetchPages(run: PlanRun, pages: PagesPlan): Promise<WholeResponse> {
  const url = pages.start(run.request.url);
  const first = await run.fetchFirst(url);
  if (!run.isWanted(first)) return first;
  const { body, result } = await readPage(run, first, { number: 1, url });
  if (result.list === 'absent') throw noItems();
  if (result.next === undefined || result.around === undefined) return withBody(first, body);
  const rest = await fetchRest(run, pages, { seen: new Set([url.href]), next: result.next });
  const all = [result.elements, ...rest].filter((chunk) => chunk.length > 0);
  const parts = all.flatMap((chunk, i) => (i === 0 ? [chunk] : [COMMA, chunk]));
  return withBody(first, Buffer.concat([result.around.before, OPEN, ...parts, CLOSE, result.around.after]));
}

const COMMA = Buffer.from(',');
const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');

/** The elements of the second page and all behind it, as JSON: a document is let go of before the next one comes. */
async function fetchRest(
  run: PlanRun,
  pages: PagesPlan,
  { seen, next }: { readonly seen: Set<string>; readonly next: string },
): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let href: string | undefined = next;
  for (let number = 2; href !== undefined; number++) {
    if (number > pages.max) throw tooManyPages(pages.max);
    if (seen.has(href)) throw isLoop(number);
    seen.add(href);
    enter(run.request.record, 'wait');
    const url = new URL(href);
    const response = await run.fetchNext({ ...run.request, url }, `page ${number}`);
    const { result } = await readPage(run, response, { number, url });
    if (result.list !== 'array') return chunks;
    chunks.push(result.elements);
    href = result.next;
  }
  return chunks;
}

function readPage(
  run: PlanRun,
  response: WholeResponse,
  { number, url }: { readonly number: number; readonly url: URL },
) {
  enter(run.request.record, 'translate');
  return run.read(response, { kind: 'page', number, url: url.href, headers: response.headers?.() ?? [] });
}

function enter(record: FetchRecord | undefined, phase: 'wait' | 'translate'): void {
  record?.phases.enter(phase);
}

function noItems(): ZxpError {
  return new ZxpError('schema', 'the first page has nothing at the path items of pages', {
    hint: 'the debug view shows the request; items of pages must lead to an array',
  });
}

function tooManyPages(max: number): ZxpError {
  return new ZxpError('limit', `there are more than ${max} pages`, {
    hint: 'raise max of pages, or have the API give larger pages',
  });
}

function isLoop(number: number): ZxpError {
  return new ZxpError('redirect', `page ${number}: the upstream names a page that was requested already`, {
    hint: 'look at next of pages: each page must name another one, and the last one none',
  });
}
