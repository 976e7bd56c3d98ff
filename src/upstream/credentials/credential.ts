import { unlessAborted } from '../../async/abort.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import type { HeaderList } from '../../model/ports.js';
import { hasAuthorization } from '../http/request-headers.js';

import type { HttpResponse } from '../http/send-request.js';

/** A request to a target, before its credentials are known. */
export interface CredentialRequest {
  readonly url: URL;
  /** GET where it is not given. */
  readonly method?: 'GET' | 'POST';
  /** The caller's and the module's. */
  readonly headers: HeaderList;
  readonly signal: CancellationSignal;
}

/** Sends the request with these headers in place of its own. */
export type SendWith = (headers: HeaderList) => Promise<HttpResponse>;

/** The identity that requests, as a module says it. */
export interface Credential {
  /**
   * Sends a request with the credentials; once more with something newer, where that is refused and there is some.
   * Rejects with a ZxpError that repeats no secret, or the reason of the signal.
   */
  readonly ask: (request: CredentialRequest, send: SendWith) => Promise<HttpResponse>;
  /** Closes the connections of its own. */
  close(): Promise<void>;
}

/** Whether a target rejects the credentials; a 401 that a module wants to read is an answer like any other. */
export function isRefusal({ statusCode, body }: HttpResponse): boolean {
  return statusCode === 401 && body === undefined;
}

/** The caller's own `Authorization`, or none. */
export const passThrough: Credential = {
  ask: ({ headers }, send) => send(headers),
  close: async () => undefined,
};

/** A value of `Authorization`, read again for each request; one that the request has already goes before it. */
export function createFixedCredential(read: () => Promise<string>): Credential {
  return {
    ask: async ({ headers, signal }, send) => {
      if (hasAuthorization(headers)) return send(headers);
      return send([...headers, ['authorization', await unlessAborted(read(), signal)]]);
    },
    close: async () => undefined,
  };
}
