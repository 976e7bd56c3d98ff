import { refuseNextUrl } from '../../model/credential-policy.js';
import { ZxpError } from '../../model/errors.js';
import { parseUrl } from '../../model/url.js';
import { maskHeaders } from '../../net/masking.js';
import { readHeader } from './response-headers.js';
import type { ResponseHead } from './response-reader.js';
import type { HttpRequest, HttpResponse } from './send-request.js';

/** Maximum number of requests for one response, including the first, as in Go's client. */
const MAX_REQUESTS = 10;

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What is about the body, and goes with it (Fetch standard, HTTP-redirect fetch). */
const BODY_HEADER = /^content-/i;

type Send = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * Sends a request and goes where redirects lead: on the same origin alone (scheme, host, port), where credentials and
 * headers may go along. A POST becomes a GET, but on 307 and 308. Throws `redirect` for another origin, before a packet
 * goes there, and for too many. A redirect that names no place is an answer like any other.
 */
export async function followRedirects(first: HttpRequest, send: Send): Promise<HttpResponse> {
  let request: HttpRequest = { ...first, isWanted: (head) => findLocation(head) === undefined && first.isWanted(head) };
  for (let count = 1; ; count++) {
    const reply = await send(request);
    const location = findLocation(reply);
    if (location === undefined) return reply;
    if (count === MAX_REQUESTS) throw tooMany(reply, location);
    request = redirect(request, reply, location);
    if (request.record !== undefined) request.record.redirectedTo = request.url;
  }
}

function findLocation({ statusCode, headers }: ResponseHead): string | undefined {
  const location = readHeader(headers, 'location');
  return REDIRECT_STATUSES.has(statusCode) && location !== '' ? location : undefined;
}

function redirect(request: HttpRequest, reply: ResponseHead, location: string): HttpRequest {
  const url = readLocation(location, request.url);
  if (url === undefined) throw refuse(reply, 'to what is no URL', location);
  const refusal = refuseNextUrl(request.url, url, ({ origin }) => origin);
  if (refusal !== undefined) throw refuse(reply, `to ${refusal}`, location);
  if (reply.statusCode === 307 || reply.statusCode === 308) return { ...request, url };
  const headers =
    request.method === 'GET' ? request.headers : request.headers.filter(([name]) => !BODY_HEADER.test(name));
  return { ...request, url, headers, method: 'GET', body: undefined };
}

/** A URL relative to the one that was requested; beyond ASCII it is taken for UTF-8, as it comes. */
function readLocation(location: string, base: URL): URL | undefined {
  const text = Buffer.from(location, 'latin1').toString('utf8');
  return parseUrl(text, base);
}

function refuse({ statusCode }: ResponseHead, where: string, location: string): ZxpError {
  return new ZxpError('redirect', `the upstream answered ${statusCode} and redirects ${where}`, {
    statusCode,
    hint: 'redirects are followed on the same scheme, host and port: name the final URL',
    evidence: describe(location),
  });
}

function tooMany({ statusCode }: ResponseHead, location: string): ZxpError {
  const message = `the upstream answered ${statusCode} after ${MAX_REQUESTS - 1} redirects, the maximum`;
  return new ZxpError('redirect', message, {
    statusCode,
    hint: 'it may redirect in a circle: see where with curl -iL',
    evidence: describe(location),
  });
}

const MAX_SHOWN_CHARACTERS = 500;

/** For the debug view of the caller whose request it answers. */
function describe(location: string): string {
  return maskHeaders([['location', location.slice(0, MAX_SHOWN_CHARACTERS)]])
    .map((each) => each.join(': '))
    .join();
}
