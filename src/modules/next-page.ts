import { type CompiledPath, PathFailure } from '../jsonpath/path.js';
import { ZxpError } from '../model/errors.js';
import type { PagesPlan, ReceivedPage } from '../model/fetch-plan.js';
import type { NextPageSpec, PagesSpec } from '../model/module.js';
import type { Work } from '../model/work.js';
import { findNextLink } from '../net/link-header.js';
import { resolveReference } from '../net/local-url.js';
import type { PathTextCompiler } from './elements.js';

/** Compiles `pages`: which list of a page counts, and the URL of the next page. Undefined where a path does not compile. */
export function compilePages({ items, next, max }: PagesSpec, compile: PathTextCompiler): PagesPlan | undefined {
  const list = compile(items);
  const step = compileStep(next, compile);
  if (list === undefined || step === undefined) return undefined;
  return {
    max,
    start: step.start,
    findItems: (document, work) => {
      const found = findOne(list, { document, work }, 'items of pages');
      if (found === undefined || found === null || Array.isArray(found)) return found;
      throw new ZxpError('schema', 'items of pages leads to what is not an array', {
        hint: "items is the path of the array itself: '{.items}', and '{@}' for a document that is one",
      });
    },
    findNext: step.findNext,
  };
}

type Step = Pick<PagesPlan, 'start' | 'findNext'>;

const startAsIs = (url: URL) => url;

function compileStep(next: NextPageSpec, compile: PathTextCompiler): Step | undefined {
  switch (next.kind) {
    case 'link':
      return { start: startAsIs, findNext: ({ headers, url }) => toNextUrl(findNextLink(listLinks(headers)), url) };
    case 'url': {
      const path = compile(next.url);
      if (path === undefined) return undefined;
      return {
        start: startAsIs,
        findNext: ({ document, url }, work) => toNextUrl(findReference(path, { document, work }), url),
      };
    }
    case 'cursor': {
      const path = compile(next.cursor);
      if (path === undefined) return undefined;
      const { param } = next;
      return {
        start: startAsIs,
        findNext: ({ document, url }, work) => {
          const cursor = findCursor(path, { document, work });
          return cursor === undefined ? undefined : setParam(url, param, cursor);
        },
      };
    }
    case 'page':
      return countPages(next);
    case 'offset':
      return countItems(next);
  }
}

function countPages({ param, start }: Extract<NextPageSpec, { kind: 'page' }>): Step {
  return {
    start: (url) => setParam(url, param, String(start)),
    findNext: ({ url, items }) =>
      items === 0 ? undefined : setParam(url, param, String(readCount(url, param, start) + 1)),
  };
}

function countItems({ param, limit, limitParam }: Extract<NextPageSpec, { kind: 'offset' }>): Step {
  return {
    start: (url) => {
      const first = setParam(url, param, '0');
      return limitParam === undefined ? first : setParam(first, limitParam, String(limit));
    },
    findNext: ({ url, items }) =>
      items < limit ? undefined : setParam(url, param, String(readCount(url, param, 0) + items)),
  };
}

/** The count that the request for a page had. */
function readCount(url: URL, param: string, start: number): number {
  return Number(url.searchParams.get(param) ?? start);
}

function listLinks(headers: ReceivedPage['headers']): readonly string[] {
  return headers.filter(([name]) => name.toLowerCase() === 'link').map(([, value]) => value);
}

function toNextUrl(reference: string | undefined, base: URL): URL | undefined {
  if (reference === undefined) return undefined;
  const url = resolveReference(reference, base);
  if (url !== undefined) return url;
  throw new ZxpError('redirect', 'what names the next page is not a URL', {
    hint: 'look at next of pages: a token in place of a URL is a cursor',
  });
}

function findReference(path: CompiledPath, searched: Searched): string | undefined {
  const found = findOne(path, searched, 'next of pages') ?? '';
  if (typeof found === 'string') return found === '' ? undefined : found;
  throw new ZxpError('schema', 'next of pages leads to what is not a text', {
    hint: 'a number is a cursor: next: { cursor: PATH, param: NAME }',
  });
}

function findCursor(path: CompiledPath, searched: Searched): string | undefined {
  const found = findOne(path, searched, 'cursor of pages') ?? '';
  if (typeof found === 'string') return found === '' ? undefined : found;
  if (typeof found === 'number' || typeof found === 'bigint') return String(found);
  throw new ZxpError('schema', 'cursor of pages leads to what is neither a text nor a number', {
    hint: 'it is the path of the cursor for the next page; null, "" and an absent one end the list',
  });
}

/** A document, and what searching it may cost. */
interface Searched {
  readonly document: unknown;
  readonly work: Work;
}

/** The one match of a path; undefined where nothing is there. */
function findOne(path: CompiledPath, { document, work }: Searched, what: string): unknown {
  const found = path.select(document, work);
  if (found instanceof PathFailure) {
    if (found.isAbsent) return undefined;
    throw new ZxpError('schema', `${what} does not fit the document: ${found.message}`);
  }
  if (found.length > 1) {
    throw new ZxpError('schema', `${what} leads to ${found.length} places`, { hint: 'it must lead to one' });
  }
  return found[0];
}

/** Other parameters stay as they are written. A file has none. */
function setParam(url: URL, name: string, value: string): URL {
  if (url.protocol === 'file:') return url;
  const next = new URL(url);
  const kept = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !new URLSearchParams(pair).has(name));
  next.search = [...kept, `${encodeURIComponent(name)}=${encodeURIComponent(value)}`].join('&');
  return next;
}
