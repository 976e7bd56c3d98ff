import type { RequestHandler, Response } from 'express';
import type { LogFields, MonotonicClock } from '../model/ports.js';
import { parseUrl } from '../model/url.js';
import { readPeer } from '../net/addresses.js';
import { maskSentence } from '../net/masking.js';
import { joinHeader } from './request-headers.js';

export interface RequestLog {
  /** Whether requests are logged; read again for each. */
  readonly isOn: () => boolean;
  readonly write: (message: string, fields: LogFields) => void;
  readonly now: MonotonicClock;
}

/** Logs each request when its response is over, with the fields that its route has noted. */
export function logRequests({ isOn, write, now }: RequestLog): RequestHandler {
  return (request, response, next) => {
    if (!isOn()) return next();
    response.locals.logFields = {};
    const startMs = now();
    // A route may shorten the URL. What is in a query is for the route to name.
    const { method, path } = request;
    const client = readPeer(request.socket) ?? 'unix';
    const forwardedFor = joinHeader(request.headers['x-forwarded-for'])?.slice(0, 200);
    response.once('close', () => {
      write('request served', {
        method,
        path: path.slice(0, 200),
        status: response.writableFinished ? response.statusCode : 499,
        duration_s: Math.round(now() - startMs) / 1000,
        client,
        forwarded_for: forwardedFor,
        ...readLogFields(response),
      });
    });
    next();
  };
}

/** Adds fields to the line of a request in the log, where it has one. */
export function noteLogFields(response: Response, fields: LogFields): void {
  if (response.locals.logFields !== undefined) {
    response.locals.logFields = { ...readLogFields(response), ...fields };
  }
}

/** Notes what the query of a scrape names, before it is known whether there is such a target, module or auth. */
export function noteQuery(response: Response, query: URLSearchParams): void {
  if (response.locals.logFields === undefined) return;
  const [target, module, auth] = ['target', 'module', 'auth'].map((name) => describeNamed(query.get(name) ?? ''));
  noteLogFields(response, { target, module, auth });
}

/** Without a user, a password and a query; masked before it is cut, as half a URL is none. */
function describeNamed(text: string): string | undefined {
  const user = parseUrl(text) === undefined ? /\/\/.*@/s : /\/\/[^/?#]*@/;
  const named = text.replace(user, '//').replace(/[?#].*$/s, '');
  return named === '' ? undefined : maskSentence(named).slice(0, 200);
}

function readLogFields(response: Response): LogFields {
  const { logFields } = response.locals;
  return typeof logFields === 'object' && logFields !== null ? logFields : {};
}
