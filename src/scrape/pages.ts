import { ZxpError } from '../model/errors.js';
import type { PagesPlan } from '../model/fetch-plan.js';
import type { FetchRecord } from '../model/fetch-record.js';
import type { UpstreamResponse } from '../model/ports.js';
import { hasPlainNumbers, splitDocument, writeElements } from './document-writer.js';
import { explain, type PlanRun, type WholeResponse } from './plan-run.js';

/** The first page with the elements of all pages. A single page stays as it came. */
export async function fetchPages(run: PlanRun, pages: PagesPlan): Promise<WholeResponse> {
  const { record } = run.request;
  const url = pages.start(run.request.url);
  const first = await run.fetchFirst(url);
  if (!run.isWanted(first)) return first;
  enter(record, 'translate');
  const document = await run.parse(first, 'page 1');
  const items = pages.findItems(document);
  if (items === undefined) throw noItems();
  const next = items === null ? undefined : findNext(pages, { url, document, response: first, items: items.length }, 1);
  if (items === null || next === undefined) return withoutRelease(first);
  const { before, after } = splitDocument(document, items);
  const rest = await fetchRest(run, pages, { seen: new Set([url.href]), next });
  const all = [writeElements(items, hasPlainNumbers(first.body)), ...rest].filter((chunk) => chunk.length > 0);
  const parts = all.flatMap((chunk, i) => (i === 0 ? [chunk] : [COMMA, chunk]));
  return { ...withoutRelease(first), body: Buffer.concat([before, OPEN, ...parts, CLOSE, after]) };
}

const COMMA = Buffer.from(',');
const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');

/** The elements of the second page and all behind it, as JSON: a document is let go of before the next one comes. */
async function fetchRest(
  run: PlanRun,
  pages: PagesPlan,
  { seen, next: second }: { readonly seen: Set<string>; readonly next: URL },
): Promise<readonly Buffer[]> {
  const { record } = run.request;
  const chunks: Buffer[] = [];
  let url: URL | undefined = second;
  for (let number = 2; url !== undefined; number++) {
    if (number > pages.max) throw tooManyPages(pages.max);
    if (seen.has(url.href)) throw isLoop(number);
    seen.add(url.href);
    enter(record, 'wait');
    const what = `page ${number}`;
    const response = await run.fetchNext({ ...run.request, url }, what);
    enter(record, 'translate');
    const document = await run.parse(response, what);
    const items = pages.findItems(document);
    if (items === undefined || items === null) return chunks;
    chunks.push(writeElements(items, hasPlainNumbers(response.body)));
    url = findNext(pages, { url, document, response, items: items.length }, number);
  }
  return chunks;
}

function findNext(
  pages: PagesPlan,
  page: { readonly url: URL; readonly document: unknown; readonly response: UpstreamResponse; readonly items: number },
  number: number,
): URL | undefined {
  const { url, document, response, items } = page;
  try {
    return pages.findNext({ url, document, headers: response.headers?.() ?? [], items });
  } catch (thrown) {
    throw explain(thrown, `page ${number}`);
  }
}

/** Its memory was given back with its document. */
function withoutRelease({ statusCode, headers, body }: WholeResponse): WholeResponse {
  return { statusCode, body, ...(headers === undefined ? {} : { headers }) };
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
