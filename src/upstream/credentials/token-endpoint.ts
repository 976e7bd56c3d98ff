import { ZxpError } from '../../model/errors.js';
import type { CredentialSpec } from '../../model/module.js';
import type { HeaderList } from '../../model/ports.js';
import { exchange, type WireReply, type WireRequest } from '../exchange.js';
import type { Transport } from '../transport.js';
import { toBasic } from './basic.js';
import type { FetchedToken } from './token-keeper.js';
import { readTokenReply } from './token-reply.js';

export type Oauth2Spec = Extract<CredentialSpec, { kind: 'oauth2' }>;

/** Fetches a token for a client with this secret. */
export type TokenFetcher = (clientSecret: string, signal: AbortSignal) => Promise<FetchedToken<string>>;

interface TokenQuestion {
  readonly spec: Oauth2Spec;
  readonly transport: Transport;
  readonly userAgent: string;
  readonly clientSecret: string;
  readonly signal: AbortSignal;
  /** Whether the client is named in the form, and not in a header. */
  readonly inForm: boolean;
}

const MAX_REPLY_BYTES = 1024 * 1024;

/**
 * The client credentials grant (RFC 6749, 4.4). The client is named in a Basic header first, and in the form where the
 * reply to that is no token, as Go's oauth2 library does it; what worked is done from then on. Rejects with a ZxpError
 * that repeats neither the secret nor the reply.
 */
export function createTokenFetcher(context: Pick<TokenQuestion, 'spec' | 'transport' | 'userAgent'>): TokenFetcher {
  let isInForm: boolean | undefined;
  return async (clientSecret, signal) => {
    const question = { ...context, clientSecret, signal };
    const first = await ask({ ...question, inForm: isInForm ?? false });
    try {
      const token = readTokenReply(first);
      isInForm ??= false;
      return token;
    } catch (thrown) {
      if (isInForm !== undefined || isRedirect(first)) throw thrown;
    }
    const token = readTokenReply(await ask({ ...question, inForm: true }));
    isInForm = true;
    return token;
  };
}

function isRedirect({ statusCode }: WireReply): boolean {
  return statusCode >= 300 && statusCode <= 399;
}

async function ask(question: TokenQuestion): Promise<WireReply> {
  const { spec, transport, signal } = question;
  const request: WireRequest = {
    url: spec.tokenUrl,
    method: 'POST',
    headers: listHeaders(question),
    body: writeForm(question),
    signal,
    maxBodyBytes: MAX_REPLY_BYTES,
    isWanted: () => true,
  };
  try {
    return await transport.use(request, (origin) => exchange(origin, request));
  } catch (thrown) {
    // Its status is none of the target's, and how large a scrape may be says nothing of it.
    if (!(thrown instanceof ZxpError) || thrown === signal.reason) throw thrown;
    throw new ZxpError(thrown.code, `asking for a token: ${thrown.message}`, { cause: thrown.cause });
  }
}

function listHeaders({ spec, userAgent, clientSecret, inForm }: TokenQuestion): HeaderList {
  const headers: HeaderList = [
    ['content-type', 'application/x-www-form-urlencoded'],
    ['user-agent', userAgent],
  ];
  return inForm ? headers : [...headers, ['authorization', toBasic(encode(spec.clientId), encode(clientSecret))]];
}

/** Identifier and secret are encoded as in a form before they become user and password (RFC 6749, 2.3.1). */
function encode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

function writeForm({ spec, clientSecret, inForm }: TokenQuestion): string {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (spec.scopes.length > 0) form.set('scope', spec.scopes.join(' '));
  for (const [name, value] of spec.endpointParams) form.set(name, value);
  if (inForm) form.set('client_id', spec.clientId);
  if (inForm && clientSecret !== '') form.set('client_secret', clientSecret);
  form.sort();
  return form.toString();
}
