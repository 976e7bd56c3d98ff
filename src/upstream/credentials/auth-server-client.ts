import { type AuthRequest, ZxpError } from '../../model/errors.js';
import { maskUrl } from '../../net/masking.js';
import type { PoolManager } from '../http/pool-manager.js';
import { type HttpRequest, type HttpResponse, sendRequest } from '../http/send-request.js';

/** Requests a server other than the target: one that issues tokens. */
export type AuthServerClient = (request: BesideRequest) => Promise<HttpResponse>;

export interface BesideRequest extends Omit<HttpRequest, 'maxBodyBytes' | 'isWanted'> {
  /** Whom it is about, where targets have a server of their own. */
  readonly target?: URL;
  /** For messages: `asking for a token`. */
  readonly doing: string;
}

/** What `read` makes of a reply to this request; what it throws names the request. */
export function readReply<T>(request: Pick<BesideRequest, 'url' | 'method'>, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    const { code, message, hint, cause } = thrown;
    throw new ZxpError(code, message, { hint, cause, authRequest: nameRequest(request) });
  }
}

function nameRequest({ url, method = 'GET' }: Pick<BesideRequest, 'url' | 'method'>): AuthRequest {
  const bare = new URL(url);
  bare.hash = '';
  return { method, url: maskUrl(bare) };
}

const MAX_REPLY_BYTES = 1024 * 1024;

/** The way over a transport. What fails is told apart from the target's own failures, and its status is none of those. */
export function createAuthServerClient(choose: (request: BesideRequest) => PoolManager): AuthServerClient {
  return async (request) => {
    const { url, method, headers, body, signal, doing } = request;
    const wire: HttpRequest = {
      url,
      method,
      headers,
      body,
      signal,
      maxBodyBytes: MAX_REPLY_BYTES,
      isWanted: () => true,
    };
    try {
      return await choose(request).use(wire, (origin) => sendRequest(origin, wire));
    } catch (thrown) {
      // How large a scrape may be, which the hint of its failure is about, says nothing of a token.
      if (!(thrown instanceof ZxpError) || thrown === signal.reason) throw thrown;
      throw new ZxpError(thrown.code, `${doing}: ${thrown.message}`, {
        cause: thrown.cause,
        authRequest: nameRequest(request),
      });
    }
  };
}
