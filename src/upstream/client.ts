import { unlessAborted } from '../async/abort.js';
import { Drain } from '../async/drain.js';
import type { MemoryBudget } from '../async/memory-budget.js';
import { ZxpError } from '../model/errors.js';
import type { LoginRecipe } from '../model/login.js';
import type { HttpClientSpec } from '../model/module.js';
import type { HeaderList, MonotonicClock, Upstream, UpstreamRequest, UpstreamResponse } from '../model/ports.js';
import { isWantedStatus } from '../model/status-code.js';
import { nameOrigin, toFile, toSocket } from '../net/local-url.js';
import { type Credential, isRefusal } from './credentials/credential.js';
import { openCredential, type PoolManagerSpec } from './credentials/open-credential.js';
import { type LocalFiles, readLocalFile } from './file/local-file.js';
import { toUpstreamError, UPSTREAM } from './http/failures.js';
import { guardedLookup, type LookupAddresses } from './http/guarded-lookup.js';
import { createNameResolver } from './http/name-resolver.js';
import { PoolManager } from './http/pool-manager.js';
import { createProxyFinder } from './http/proxy.js';
import { followRedirects } from './http/redirects.js';
import { composeHeaders, isAuthorization, readConfiguredHeaders } from './http/request-headers.js';
import { listHeaders, readRetryAfter } from './http/response-headers.js';
import { type HttpRequest, type HttpResponse, sendRequest } from './http/send-request.js';
import { createTlsSource } from './http/tls-context.js';
import type { RequestBudget } from './request-budget.js';

export interface UpstreamOptions {
  /** PEM certificates trusted beside the system's roots, where `tls_config` has no `ca`. */
  readonly extraCa?: readonly string[];
  /** Maximum number of connections to one origin; further requests wait for one. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly userAgent: string;
  /** The roots that the process trusts anyway, needed where `extraCa` adds to them. */
  readonly systemCa: readonly string[];
  /** How a module wants to be connected: credentials, TLS, proxy, redirects, headers. */
  readonly httpClient?: HttpClientSpec;
  /** For proxies that the environment names. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Hosts of URLs, as `URL.hostname` has them, that may be requested although they are link-local or metadata addresses. */
  readonly exemptHosts?: readonly string[];
  /** Files of this machine that may be read; where it is not said, any that a request names. */
  readonly localFiles?: LocalFiles;
  /** Finds the addresses of a name; the system's way where it is not said. */
  readonly lookup?: LookupAddresses;
  /** What the login of `httpClient` needs, where it has one. */
  readonly login?: LoginRecipe | undefined;
  /** By which tokens grow old. */
  readonly now?: MonotonicClock;
  /** The time of day, which signed tokens say. */
  readonly clock: () => Date;
  /** How many requests the upstream may see; any where it is not given. */
  readonly budget?: RequestBudget | undefined;
  /** The memory that the bodies of all clients share. */
  readonly bodies?: MemoryBudget;
  /** Told once of each state of certificate files that cannot be used, while the last valid one stays active. */
  readonly onUnusableFiles?: (error: ZxpError) => void;
}

/**
 * A client with one keep-alive pool an origin. Names are looked up once a connection, and what leads to a link-local or
 * metadata address is not connected to. Throws `config` for a proxy of the environment that is none.
 */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { httpClient, exemptHosts = [], userAgent, login: recipe, clock, now = () => performance.now() } = options;
  const own = { tls: httpClient?.tls, proxy: httpClient?.proxy, exemptHosts };
  const open = (spec: PoolManagerSpec) => openPoolManager({ ...options, now }, spec);
  const transport = open({ ...own, peer: UPSTREAM });
  const credential = openCredential(httpClient?.credential, {
    ...own,
    openPoolManager: open,
    recipe,
    userAgent,
    now,
    clock,
  });
  const means: Deps = { transport, credential, options };
  const drain = new Drain();
  let isClosed = false;
  return {
    fetch: async (request) => {
      try {
        if (isClosed) throw new ZxpError('closed', 'this client is closed');
        return await drain.run(() => answer(request, means));
      } catch (thrown) {
        throw toUpstreamError(thrown, request);
      }
    },
    close: async () => {
      isClosed = true;
      await drain.untilIdle();
      await Promise.all([transport.close(), credential.close()]);
    },
  };
}

/** Loads the part of the client that the first exchange would wait for. Where it cannot be loaded, that exchange says so. */
export async function loadConnections(): Promise<void> {
  await import('./http/origin-pool.js').catch(() => undefined);
}

function openPoolManager(
  options: UpstreamOptions & { readonly now: MonotonicClock },
  spec: PoolManagerSpec,
): PoolManager {
  const { extraCa, systemCa, maxConnections, connectTimeoutMs, now, onUnusableFiles: onUnusable } = options;
  const { tls, proxy, exemptHosts, peer } = spec;
  return new PoolManager({
    tls: createTlsSource({ spec: tls, trust: { extraCa, systemCa }, onUnusable }),
    findProxy: createProxyFinder(proxy, options.environment ?? {}),
    lookup: guardedLookup(options.lookup ?? createNameResolver({ now })),
    exemptHosts,
    maxConnections,
    connectTimeoutMs,
    peer,
    now,
  });
}

const anyFile: LocalFiles = { named: new Set(), folders: [] };

/** Tokens and sessions are kept by the origin that they are for. */
function noOrigin(kind: string): ZxpError {
  return new ZxpError('blocked', `${kind} is for servers of the web, and not for sockets`, {
    hint: 'use basic_auth, authorization or oauth2 there',
  });
}

interface Deps {
  readonly transport: PoolManager;
  readonly credential: Credential;
  readonly options: UpstreamOptions;
}

/** Sends the request with the credential. */
async function answer(request: UpstreamRequest, means: Deps): Promise<UpstreamResponse> {
  const { url, method = 'GET', headers, signal } = request;
  signal.throwIfAborted();
  const file = toFile(url);
  if (file !== undefined) return readLocalFile(file, request, means.options.localFiles ?? anyFile);
  const { kind } = means.options.httpClient?.credential ?? {};
  if ((kind === 'login' || kind === 'registry_token') && url.protocol === 'unix:') throw noOrigin(kind);
  const { headers: configured = [] } = means.options.httpClient ?? {};
  const more = configured.length === 0 ? [] : await unlessAborted(readConfiguredHeaders(configured), signal);
  const { userAgent } = means.options;
  const send = async (shown: HeaderList) => {
    const sent = composeHeaders(shown, { userAgent, more });
    const reply = await sendOnce(request, sent, means);
    if (isRefusal(reply)) {
      request.record?.phases.enter('wait');
      // It may be sent again; what this reply says is short, or of no interest.
      reply.release?.();
    }
    return reply;
  };
  return toResponse(await means.credential.ask({ url, method, headers, signal }, send));
}

function sendOnce(request: UpstreamRequest, headers: HeaderList, means: Deps): Promise<HttpResponse> {
  const { transport, options } = means;
  const { url, method = 'GET', body, signal, maxBodyBytes, keepsGzip, validStatusCodes = [], record } = request;
  const socket = toSocket(url);
  const wire: HttpRequest = {
    url: socket?.http ?? url,
    socketPath: socket?.socketPath,
    method,
    headers,
    body,
    signal,
    maxBodyBytes,
    keepsGzip,
    isWanted: ({ statusCode }) => isWantedStatus(statusCode, validStatusCodes),
    record,
    bodies: options.bodies,
  };
  const send = (each: HttpRequest) =>
    withinBudget(request, means, () => transport.use(each, (origin) => sendRequest(origin, each)));
  return options.httpClient?.followRedirects === true ? followRedirects(wire, send) : send(wire);
}

/** How long a 429 without `Retry-After` is taken to mean. */
const USUAL_SILENCE_MS = 60_000;

/** Spends one request of the module's budget, and respects the `Retry-After` of the upstream. */
async function withinBudget(
  { url, headers }: UpstreamRequest,
  { options: { budget, httpClient } }: Deps,
  send: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  if (budget === undefined) return send();
  const isOfCaller = httpClient?.credential === undefined || httpClient.credential.kind === 'registry_token';
  const caller = isOfCaller ? (headers.find(([name]) => isAuthorization(name))?.[1] ?? '') : '';
  const key = budget.nameAccount(nameOrigin(url), caller);
  budget.spend(key);
  const response = await send();
  const seconds = readRetryAfter(response.headers);
  if (seconds !== undefined) budget.silence(key, seconds * 1000);
  else if (response.statusCode === 429) budget.silence(key, USUAL_SILENCE_MS);
  return response;
}

function toResponse({ statusCode, headers, body, release }: HttpResponse): UpstreamResponse {
  if (body === undefined) return { statusCode, headers: () => listHeaders(headers), body: new Uint8Array() };
  return { statusCode, headers: () => listHeaders(headers), body, ...(release === undefined ? {} : { release }) };
}
