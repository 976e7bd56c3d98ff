import { getHeapStatistics } from 'node:v8';
import { isFields } from '../golang/values.js';
import type { DiscoveryReader } from '../model/discovery.js';
import { ZxpError } from '../model/errors.js';
import type { FetchPlan, FollowPlan, PagesPlan } from '../model/fetch-plan.js';
import type { Steps } from '../model/ports.js';
import type { FollowReading, PageReading, ReadOrder, ReadResult, ReadTask } from '../model/read-task.js';
import type { Work } from '../model/work.js';
import { hasPlainNumbers, splitDocument, writeDocument, writeElements } from './document-writer.js';
import { checkNextUrl, explain } from './plan-failures.js';

/** What a module reads its documents by, other than its translator. */
export interface DocumentPlans {
  readonly plan: FetchPlan | undefined;
  readonly discover: DiscoveryReader | undefined;
}

/** Those, and what reading may cost. */
interface ReadingMeans extends DocumentPlans {
  /** What a document may take of the heap that is parsed as a whole. */
  readonly heapBytes: number;
  readonly work: Work;
}

/** A document that is parsed. */
interface Parsed {
  readonly document: unknown;
  readonly work: Work;
}

type TaskOf<Kind extends ReadTask['kind']> = Extract<ReadTask, { readonly kind: Kind }>;

/** What a document may take of the heap that is parsed as a whole: what becomes of it takes as much again. */
export function findParsingHeap(): number {
  return getHeapStatistics().heap_size_limit / 2;
}

/** Reads what a task wants of a document. Throws `decode`, `schema`, `redirect`, `content` and `limit`. */
export function* runReadTask(order: ReadOrder, { plan, discover, heapBytes, work }: ReadingMeans): Steps<ReadResult> {
  const { body, task, limits } = order;
  if (task.kind === 'targets') {
    if (discover === undefined) throw noPlan('discover');
    const { response } = task;
    return { kind: 'targets', discovery: yield* discover(body, { limits, heapBytes, response, work }) };
  }
  if (plan === undefined) throw noPlan('fetch plan');
  const parsed = { document: yield* parse(order, { plan, heapBytes }), work };
  yield;
  switch (task.kind) {
    case 'check':
      return { kind: 'check' };
    case 'page':
      if (plan.pages === undefined) throw noPlan('pages');
      return yield* readPage({ ...parsed, ...task, body }, plan.pages);
    case 'follow':
      if (plan.follow === undefined) throw noPlan('follow');
      return yield* readElements({ ...parsed, ...task }, plan.follow);
  }
}

function nameDocument(task: ReadTask): string {
  switch (task.kind) {
    case 'check':
      return task.what;
    case 'page':
      return `page ${task.number}`;
    case 'follow':
      return 'the first document';
    case 'targets':
      return 'the document';
  }
}

function* parse(
  { body, task, limits }: ReadOrder,
  { plan, heapBytes }: { readonly plan: FetchPlan; readonly heapBytes: number },
): Steps<unknown> {
  try {
    return yield* plan.parse(body, { limits, heapBytes });
  } catch (thrown) {
    throw explain(thrown, nameDocument(task));
  }
}

type ParsedPage = Parsed & TaskOf<'page'> & Pick<ReadOrder, 'body'>;

function* readPage(page: ParsedPage, pages: PagesPlan): Steps<PageReading> {
  const { number, document, work } = page;
  const list = pages.findItems(document, work);
  const nothing = { kind: 'page' as const, next: undefined, elements: new Uint8Array(0), around: undefined };
  if (list === undefined) return { ...nothing, list: 'absent' };
  if (list === null) return { ...nothing, list: 'null' };
  const next = findNext(page, { pages, items: list.length });
  if (number === 1 && next === undefined) return { ...nothing, list: 'array' };
  yield;
  const elements = writeElements(list, hasPlainNumbers(page.body));
  yield;
  const around = number === 1 ? splitDocument(document, list) : undefined;
  return { kind: 'page', list: 'array', next: next?.href, elements, around };
}

function findNext(
  { number, url, headers, document, work }: ParsedPage,
  { pages, items }: { readonly pages: PagesPlan; readonly items: number },
): URL | undefined {
  try {
    return pages.findNext({ url: new URL(url), headers, document, items }, work);
  } catch (thrown) {
    throw explain(thrown, `page ${number}`);
  }
}

/** Every URL is looked at before the first of them is requested. */
function* readElements({ document, work, url }: Parsed & TaskOf<'follow'>, plan: FollowPlan): Steps<FollowReading> {
  if (isFields(document) && Object.hasOwn(document, plan.into)) throw isTaken(plan.into);
  const found = plan.findElements(document, work);
  if (found.length > plan.max) throw tooMany(plan.max);
  const base = new URL(url);
  const elements: string[] = [];
  const urls: string[] = [];
  for (const [i, element] of found.entries()) {
    yield;
    urls.push(locate(plan, { element, base, number: i + 1 }));
    elements.push(writeDocument(element));
  }
  const root = isFields(document) ? (Object.keys(document).length === 0 ? 'empty object' : 'object') : 'other';
  return { kind: 'follow', elements, urls, root };
}

function locate(
  plan: FollowPlan,
  { element, base, number }: { readonly element: unknown; readonly base: URL; readonly number: number },
): string {
  try {
    const url = plan.locate(element, base);
    checkNextUrl(base, url, 'its URL');
    return url.href;
  } catch (thrown) {
    throw explain(thrown, `element ${number} of follow`);
  }
}

function isTaken(into: string): ZxpError {
  return new ZxpError('schema', `the first document has a key ${JSON.stringify(into)} already`, {
    hint: 'name another one: into of follow is where the responses go',
  });
}

function tooMany(max: number): ZxpError {
  return new ZxpError('limit', `follow has more than ${max} elements`, {
    hint: 'raise max of follow, or select fewer elements with its each',
  });
}

function noPlan(what: string): ZxpError {
  return new ZxpError('internal', `the module has no ${what} to read by`);
}
