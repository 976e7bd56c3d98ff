import type { Request, RequestHandler } from 'express';
import { isAuthorizationConsumed } from '../auth-middleware.js';
import { type LandingFacts, renderLanding } from '../pages/landing.js';
import { sendPage } from '../pages/page.js';
import { renderStatusPage, type StatusFacts } from '../pages/status-page.js';
import { readView } from '../pages/target-rows.js';
import { sendText } from '../reply.js';

/** The page at `/`, where the status page is turned off. */
export function landingRoute(facts: () => LandingFacts): RequestHandler {
  return (_request, response) => sendPage(response, renderLanding(facts()));
}

/**
 * The status page at `/`. `/?login` has a browser request credentials from its reader, once: it then sends them with
 * what the reader requests.
 */
export function statusRoute(facts: () => Promise<StatusFacts>): RequestHandler {
  return async (request, response) => {
    const query = readQuery(request);
    if (!query.has('login')) return sendPage(response, renderStatusPage(await facts(), readView(query)));
    if (isAuthorizationConsumed(response) || request.headers.authorization !== undefined) {
      response.setHeader('location', './');
      return sendText(response, 303, 'see ./');
    }
    response.setHeader('www-authenticate', 'Basic realm="targets", charset="UTF-8"');
    return sendText(response, 401, 'error: not signed in\nhint: open the page again to see it without signing in');
  };
}

function readQuery({ url }: Request): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}
