import type { CancellationSignal } from '../../model/cancellation.js';
import type { AssertionSpec, Oauth2Spec } from '../../model/module.js';
import type { HeaderList } from '../../model/ports.js';
import { isRedirect } from '../../model/status-code.js';
import { toBasic } from '../../net/basic.js';
import type { HttpResponse } from '../http/send-request.js';
import { signAssertion } from './assertion.js';
import { type AuthServerClient, readReply } from './auth-server-client.js';
import type { FetchedToken } from './token-cache.js';
import { readTokenReply } from './token-reply.js';

/** Fetches a token for a client with this secret, or the key that it signs with. */
export type TokenFetcher = (secret: string, signal: CancellationSignal) => Promise<FetchedToken>;

export interface TokenEndpoint {
  readonly spec: Oauth2Spec;
  readonly authServerClient: AuthServerClient;
  readonly userAgent: string;
  /** The time of day, for assertions. */
  readonly clock: () => Date;
}

/** Fetches tokens by the grant of the spec. Rejects with a ZxpError that repeats neither the secret nor the reply. */
export function createTokenFetcher(endpoint: TokenEndpoint): TokenFetcher {
  const { assertion } = endpoint.spec;
  return assertion === undefined ? fetchByCredentials(endpoint) : fetchByAssertion(endpoint, assertion);
}

/**
 * The client credentials grant (RFC 6749, 4.4). The client is named in a Basic header first, and in the form where the
 * reply to that is no token, as Go's oauth2 library does it; what worked is done from then on.
 */
function fetchByCredentials(endpoint: TokenEndpoint): TokenFetcher {
  const { spec } = endpoint;
  let isInForm: boolean | undefined;
  const ask = (clientSecret: string, { inForm, signal }: { inForm: boolean; signal: CancellationSignal }) => {
    const authorization = toBasic(encode(spec.clientId), encode(clientSecret));
    return post(endpoint, {
      headers: inForm ? [] : [['authorization', authorization]],
      form: writeForm(spec, inForm ? clientSecret : undefined),
      signal,
    });
  };
  return async (clientSecret, signal) => {
    const first = await ask(clientSecret, { inForm: isInForm ?? false, signal });
    try {
      const token = read(endpoint, first);
      isInForm ??= false;
      return token;
    } catch (thrown) {
      if (isInForm !== undefined || isRedirect(first.statusCode)) throw thrown;
    }
    const token = read(endpoint, await ask(clientSecret, { inForm: true, signal }));
    isInForm = true;
    return token;
  };
}

/** The grant of a signed JWT (RFC 7523, 2.1), which has the scopes among its claims. */
function fetchByAssertion(endpoint: TokenEndpoint, spec: AssertionSpec): TokenFetcher {
  const { clientId, scopes, endpointParams } = endpoint.spec;
  return async (key, signal) => {
    const assertion = await signAssertion(spec, { key, now: endpoint.clock(), clientId, scopes });
    const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    for (const [name, value] of endpointParams) form.set(name, value);
    return read(endpoint, await post(endpoint, { headers: [], form, signal }));
  };
}

function read({ spec }: TokenEndpoint, reply: HttpResponse): FetchedToken {
  return readReply({ url: spec.tokenUrl, method: 'POST' }, () => readTokenReply(reply));
}

function post(
  { spec, authServerClient, userAgent }: TokenEndpoint,
  request: { readonly headers: HeaderList; readonly form: URLSearchParams; readonly signal: CancellationSignal },
): Promise<HttpResponse> {
  return authServerClient({
    url: spec.tokenUrl,
    method: 'POST',
    headers: [['content-type', 'application/x-www-form-urlencoded'], ['user-agent', userAgent], ...request.headers],
    body: request.form.toString(),
    signal: request.signal,
    doing: 'asking for a token',
  });
}

/** Identifier and secret are encoded as in a form before they become user and password (RFC 6749, 2.3.1). */
function encode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** With the client's secret where the form names the client. */
function writeForm(spec: Oauth2Spec, clientSecret: string | undefined): URLSearchParams {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (spec.scopes.length > 0) form.set('scope', spec.scopes.join(' '));
  for (const [name, value] of spec.endpointParams) form.set(name, value);
  if (clientSecret !== undefined) form.set('client_id', spec.clientId);
  if (clientSecret !== undefined && clientSecret !== '') form.set('client_secret', clientSecret);
  form.sort();
  return form;
}
