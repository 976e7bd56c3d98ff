import type { RequestHandler, Response } from 'express';
import type { DiscoveredElement } from '../../model/discovery.js';
import { failureReasons, toZxpError } from '../../model/errors.js';
import type { ScrapeRequest } from '../../model/scrape.js';
import { isAuthorizationConsumed } from '../auth-middleware.js';
import { isFromOtherSite } from '../cross-site.js';
import { httpStatusOfCode } from '../http-status.js';
import { sendError } from '../reply.js';
import { readForwardedHeaders, readQuery } from '../request-headers.js';
import { noteLogFields, noteQuery } from '../request-log.js';
import { watchCaller } from '../watch-caller.js';
import type { MetricsRouteOptions, ScrapeTarget } from './metrics.js';

/** A document that names targets, and which of the caller's headers go along when it is requested. */
export interface DiscoveryTarget extends Omit<ScrapeTarget, 'scrape'> {
  /** Rejects with a ZxpError: `cancelled`, or why there are no targets to go by. */
  readonly discover: (request: ScrapeRequest) => Promise<readonly DiscoveredElement[]>;
}

/** It shares the limit of concurrent scrapes: both take the same resources. */
export interface DiscoverRouteOptions extends Pick<MetricsRouteOptions, 'concurrency' | 'nextId' | 'onRejected'> {
  /** Finds the document for the query of a request. Throws `request` or `refused`. */
  readonly findTarget: (query: URLSearchParams) => DiscoveryTarget;
}

/**
 * GET of the targets that a document names, in the form of Prometheus' HTTP service discovery. What goes wrong upstream is
 * a 5xx and never a shorter list, so that Prometheus keeps the targets that it has.
 */
export function discoverRoute({ findTarget, concurrency, nextId, onRejected }: DiscoverRouteOptions): RequestHandler {
  return async (request, response) => {
    const caller = watchCaller(response);
    try {
      const query = readQuery(request);
      noteQuery(response, query);
      const target = findTarget(query);
      noteLogFields(response, { target: target.name, module: target.module });
      const forwardsAuthorization = target.forwardsAuthorization(isAuthorizationConsumed(response));
      const headers = isFromOtherSite(request) ? [] : readForwardedHeaders(request.rawHeaders, target.forwardHeaders);
      const leave = await concurrency.enter(caller);
      try {
        const elements = await target.discover({
          id: nextId(),
          headers: forwardsAuthorization ? headers : headers.filter(([name]) => name !== 'authorization'),
          signal: caller,
        });
        noteLogFields(response, { targets: elements.length });
        sendGroups(response, elements);
      } finally {
        leave();
      }
    } catch (thrown) {
      const { code, message } = toZxpError(thrown);
      noteLogFields(response, { cause: message });
      if (code === 'request' || code === 'refused' || code === 'busy' || code === 'cancelled') onRejected(code);
      sendError(response, thrown, isUpstreamFailure(code) ? Math.max(502, httpStatusOfCode[code]) : undefined);
    }
  };
}

/** A 401 or 403 of the upstream is not one of zxp's. */
function isUpstreamFailure(code: keyof typeof httpStatusOfCode): boolean {
  return failureReasons.some((reason) => reason === code);
}

function sendGroups(response: Response, elements: readonly DiscoveredElement[]): void {
  const groups = elements.map(({ target, labels }) => ({ targets: [target], labels: Object.fromEntries(labels) }));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(`${JSON.stringify(groups, undefined, 2)}\n`);
}
