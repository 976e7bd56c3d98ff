import { unlessAborted } from '../../async/abort.js';
import { readSecret, toHeaderValue } from '../../files/secret-file.js';
import { joinBytes } from '../../model/bytes.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { ZxpError } from '../../model/errors.js';
import type { LoginRecipe, LoginSecrets } from '../../model/login.js';
import type { LoginSpec } from '../../model/module.js';
import type { HeaderList, MonotonicClock } from '../../model/ports.js';
import { isRedirect, isSuccess } from '../../model/status-code.js';
import { createFingerprint } from '../fingerprint.js';
import { listHeader } from '../http/response-headers.js';
import type { HttpResponse } from '../http/send-request.js';
import { type AuthServerClient, readReply } from './auth-server-client.js';
import type { Credential } from './credential.js';
import { askWithToken, type FetchedToken, TokenCache } from './token-cache.js';

export interface LoginOptions {
  readonly spec: LoginSpec;
  readonly recipe: LoginRecipe;
  readonly authServerClient: AuthServerClient;
  readonly userAgent: string;
  readonly now: MonotonicClock;
  readonly close: () => Promise<void>;
}

/** Targets of one module, each with a login of its own. */
const MAX_TOKENS = 1024;

/**
 * A token of the API itself, for a configured user and password. It is kept until its time is over, or its secrets change;
 * one login serves all who wait for it. One that the target refuses is replaced once.
 */
export function createLogin(options: LoginOptions): Credential {
  const { spec, now, close } = options;
  const keeper = new TokenCache({ now, maxTokens: MAX_TOKENS });
  const fingerprint = createFingerprint();
  return {
    ask: async ({ url: target, headers, signal }, send) => {
      const secrets = await unlessAborted(readSecrets(spec), signal);
      const url = typeof spec.url === 'string' ? new URL(target.origin + spec.url) : spec.url;
      const fetch = (ownSignal: CancellationSignal) => logIn(options, { target, url, secrets, signal: ownSignal });
      const key = fingerprint(url.href, secrets.username, secrets.password);
      return askWithToken(
        (refused) => keeper.obtain(key, { fetch, signal, refused }),
        (token) => send(withToken(headers, spec.send, token)),
      );
    },
    close,
  };
}

async function readSecrets({ username, password }: LoginSpec): Promise<LoginSecrets> {
  const [user, pass] = await Promise.all(
    [username, password].map((each) => (each === undefined ? '' : readSecret(each))),
  );
  return { username: user ?? '', password: pass ?? '' };
}

async function logIn(
  { spec, recipe, authServerClient, userAgent }: LoginOptions,
  { target, url, secrets, signal }: { target: URL; url: URL; secrets: LoginSecrets; signal: CancellationSignal },
): Promise<FetchedToken> {
  const { headers, body } = recipe.render(secrets);
  const written = headers.map(([name, value]) => [name, toHeaderValue(value, `the header ${name} of login`)] as const);
  const names = new Set(written.map(([name]) => name.toLowerCase()));
  const own = [['accept', 'application/json'] as const, ['user-agent', userAgent] as const];
  const sent = [...own.filter(([name]) => !names.has(name)), ...written];
  const doing = 'logging in';
  const reply = await authServerClient({ url, target, method: spec.method, headers: sent, body, signal, doing });
  const value = readReply({ url, method: spec.method }, () => readToken(reply, spec, recipe));
  return { value, lifetimeMs: spec.ttlMs };
}

function readToken(reply: HttpResponse, spec: LoginSpec, recipe: LoginRecipe): string {
  checkStatus(reply, spec);
  const token = findToken(reply, spec, recipe);
  if (token === undefined) {
    throw new ZxpError('schema', `the login answered without the ${spec.token.kind} ${spec.token.name}`, {
      hint: 'request it with curl and look where the token is: token of login names the place',
    });
  }
  return toToken(token, spec);
}

/** Forms respond with a redirect that sets the cookie. */
function checkStatus({ statusCode }: HttpResponse, { token }: LoginSpec): void {
  if (isSuccess(statusCode) || (isRedirect(statusCode) && token.kind !== 'path')) return;
  if (statusCode === 400 || statusCode === 401 || statusCode === 403) {
    throw new ZxpError('unauthorized', `the login was refused (${statusCode})`, {
      hint: 'check username, password and body of login',
    });
  }
  throw new ZxpError(isRedirect(statusCode) ? 'redirect' : 'status', `the login answered ${statusCode}`);
}

function findToken({ headers, body }: HttpResponse, { token }: LoginSpec, recipe: LoginRecipe): string | undefined {
  switch (token.kind) {
    case 'path':
      return recipe.findToken(joinBytes(body ?? new Uint8Array()));
    case 'header':
      return listHeader(headers, token.name.toLowerCase()).find((value) => value !== '');
    case 'cookie':
      return findCookie(listHeader(headers, 'set-cookie'), token.name);
  }
}

/** The last one counts that has a value: a cookie may be taken away before it is set (RFC 6265, 5.2). */
function findCookie(lines: readonly string[], name: string): string | undefined {
  const pairs = lines.map((line) => {
    const pair = line.split(';', 1)[0] ?? '';
    const place = pair.indexOf('=');
    return place < 0 ? undefined : { name: pair.slice(0, place).trim(), value: pair.slice(place + 1).trim() };
  });
  return pairs.findLast((pair) => pair?.name === name && pair.value !== '')?.value;
}

/** What goes into the header. */
function toToken(token: string, { send }: LoginSpec): string {
  const isSendable = send.kind === 'header' ? /^[\x20-\x7e]+$/ : /^[\x21-\x3a\x3c-\x7e]+$/;
  if (!isSendable.test(token)) {
    throw new ZxpError('schema', `the login answered with a token that no ${send.kind} can carry`);
  }
  return send.kind === 'header' ? `${send.prefix}${token}` : `${send.name}=${token}`;
}

/** The token's header replaces the caller's; a cookie goes along with the caller's others. */
function withToken(headers: HeaderList, { kind, name }: LoginSpec['send'], token: string): HeaderList {
  const header = kind === 'header' ? name : 'cookie';
  const isOurs = ([each]: readonly [string, string]) => each.toLowerCase() === header.toLowerCase();
  const rest = headers.filter((each) => !isOurs(each));
  if (kind === 'header') return [...rest, [name, token]];
  const others = headers
    .filter(isOurs)
    .flatMap(([, value]) => value.split(/; */))
    .filter((pair) => pair !== '' && !pair.startsWith(`${name}=`));
  return [...rest, ['cookie', [...others, token].join('; ')]];
}
