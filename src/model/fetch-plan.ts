import type { Bytes } from './bytes.js';
import type { DocumentLimits } from './limits.js';
import type { HeaderList, Steps } from './ports.js';
import type { Work } from './work.js';

/** What tells where a list goes on: a page that was received. */
export interface ReceivedPage {
  /** The URL that it was requested by. */
  readonly url: URL;
  readonly document: unknown;
  readonly headers: HeaderList;
  /** Its elements of the list. */
  readonly items: number;
}

/** How the pages of a list are found. */
export interface PagesPlan {
  /** Pages that may be requested. */
  readonly max: number;
  /** The request for the first page. */
  start(url: URL): URL;
  /** The array of a page; undefined where it is absent, null where it is null. Throws `schema` for anything else. */
  findItems(document: unknown, work: Work): readonly unknown[] | null | undefined;
  /** The request for the page after this one; undefined after the last. Throws `schema` and `redirect`. */
  findNext(page: ReceivedPage, work: Work): URL | undefined;
}

/** Which requests follow the first document, one for each of some elements. */
export interface FollowPlan {
  readonly max: number;
  readonly concurrency: number;
  readonly onError: 'fail' | 'skip';
  /** The key of the first document that is to have the responses. */
  readonly into: string;
  /** Throws `schema` where there is nothing that has elements. */
  findElements(document: unknown, work: Work): readonly unknown[];
  /** The request for one element; `base` is the first request. Throws `schema` and `redirect`. */
  locate(element: unknown, base: URL): URL;
}

/** The requests that make the document of one scrape, where one request is not enough. */
export interface FetchPlan {
  /** Reads a document, integers with all their digits. Throws `decode` and `limit`. */
  parse(
    body: Bytes,
    context: { readonly limits: DocumentLimits; readonly heapBytes?: number | undefined },
  ): Steps<unknown>;
  readonly pages: PagesPlan | undefined;
  readonly follow: FollowPlan | undefined;
}
