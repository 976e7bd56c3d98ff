import { Drain } from '../async/drain.js';
import { createMemoryBudget } from '../async/memory-budget.js';
import type { Configuration } from '../config/load.js';
import { noTls } from '../config/modules/tls.js';
import { listSystemCertificates } from '../files/ca-certificates.js';
import type { ZxpError } from '../model/errors.js';
import type { FetchPlan } from '../model/fetch-plan.js';
import type { LoginRecipe } from '../model/login.js';
import type { BudgetSpec, HttpClientSpec, ModuleSpec } from '../model/module.js';
import type { StaleResponses, Upstream } from '../model/ports.js';
import type { DocumentReader } from '../model/read-task.js';
import { parseUrl } from '../model/url.js';
import type { CompiledAuth } from '../modules/auths.js';
import { toFile } from '../net/local-url.js';
import { withFetchPlan } from '../scrape/fetch-plan.js';
import { createUpstream } from '../upstream/client.js';
import type { LocalFiles } from '../upstream/file/local-file.js';
import { createRequestBudget, type RequestBudget } from '../upstream/request-budget.js';
import { createResponseCache } from '../upstream/response-cache.js';
import { createStaleStore } from '../upstream/stale-responses.js';

export interface UpstreamsOptions {
  readonly configuration: Configuration;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Trusted in addition to the system's roots. */
  readonly extraCa: readonly string[] | undefined;
  readonly budgets: BudgetStore;
  readonly onUnusableFiles: ((error: ZxpError) => void) | undefined;
}

/** The fetch plan of a module, and what reads its documents. */
interface PlanMeans {
  readonly plan: FetchPlan | undefined;
  readonly read: DocumentReader;
}

/** What a module is requested through, by itself or with an auth. */
export interface Upstreams {
  /** The client of a module, with its login and its fetch plan where it has them. */
  open(module: ModuleSpec, compiled: { readonly login: LoginRecipe | undefined } & PlanMeans): Upstream;
  /** The client of a module with an auth in place of its own credentials; the same one each time. */
  openWithAuth(module: ModuleSpec, auth: CompiledAuth): Upstream;
  /** Where the module's good responses are kept, if failures repeat them. */
  findStale(module: ModuleSpec, auth: CompiledAuth | undefined): StaleResponses | undefined;
  close(): Promise<void>;
}

/** Request budgets that outlive a reload: one that has not changed goes on counting. */
export interface BudgetStore {
  open(key: string, spec: BudgetSpec): RequestBudget;
}

export function createBudgetStore(): BudgetStore {
  const opened = new Map<string, { readonly spec: BudgetSpec; readonly budget: RequestBudget }>();
  return {
    open: (key, spec) => {
      const known = opened.get(key);
      const isSame = known?.spec.requests === spec.requests && known.spec.intervalMs === spec.intervalMs;
      if (known !== undefined && isSame) return known.budget;
      const { requests, intervalMs } = spec;
      const budget = createRequestBudget({ requests, intervalMs, now: () => performance.now() });
      opened.set(key, { spec, budget });
      return budget;
    },
  };
}

/** The bodies that are in memory at the same time may take so many times the largest one together, and that one. */
export const BODIES_SHARE = 2;

/** Opens a client for each module, and for each auth that it is used with: connections are never shared between them. */
export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const { configuration } = options;
  const now = () => performance.now();
  const maxBytes = configuration.limits.bodyBytes;
  const share = createResponseCache({ now, maxBytes });
  const openStale = createStaleStore({ now, maxBytes });
  const bodies = createMemoryBudget(BODIES_SHARE * maxBytes);
  const opened: Upstream[] = [];
  const withAuth = new Map<string, Upstream>();
  const plans = new Map<string, PlanMeans & { readonly plan: FetchPlan }>();

  const open = (module: ModuleSpec, { scope, httpClient, login }: Credentials): Upstream => {
    const budget = findBudget(module, options);
    const client = createUpstream({ ...toClientOptions(module, options), httpClient, login, budget, bodies });
    const plan = plans.get(module.name);
    const planned = plan === undefined ? client : planRequests(client, plan);
    opened.push(planned);
    const { minIntervalMs, coalesces } = module.policy;
    const isUpstream = configuration.scrape.coalesce && module.name === configuration.module;
    if (minIntervalMs === undefined && budget === undefined && !coalesces && !isUpstream) return planned;
    // Of a plan only the whole is kept: pages of different times would not fit together.
    return { ...planned, fetch: share(planned.fetch, { minIntervalMs, scope, hasBudget: budget !== undefined }) };
  };
  return {
    open: (module, { login, plan, read }) => {
      if (plan !== undefined) plans.set(module.name, { plan, read });
      return open(module, { scope: module.name, httpClient: module.request.httpClient, login });
    },
    openWithAuth: (module, auth) => {
      const scope = nameScope(module, auth);
      const known = withAuth.get(scope);
      if (known !== undefined) return known;
      const httpClient = mergeClients(module.request.httpClient, auth.spec.httpClient);
      const client = open(module, { scope, httpClient, login: auth.login });
      withAuth.set(scope, client);
      return client;
    },
    findStale: (module, auth) => {
      const { staleOnErrorMs: maxAgeMs } = module.policy;
      return maxAgeMs === undefined ? undefined : openStale({ scope: nameScope(module, auth), maxAgeMs });
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

/** A client whose every request is one of a plan: it closes once the last request of each is over. */
function planRequests(client: Upstream, plan: PlanMeans & { readonly plan: FetchPlan }): Upstream {
  const drain = new Drain();
  const fetch = withFetchPlan(client.fetch, plan);
  return {
    fetch: (request) => drain.run(() => fetch(request)),
    close: async () => {
      await drain.untilIdle();
      await client.close();
    },
  };
}

interface Credentials {
  /** What tells the responses of one client from those of another. */
  readonly scope: string;
  readonly httpClient: HttpClientSpec;
  readonly login: LoginRecipe | undefined;
}

function nameScope(module: ModuleSpec, auth: CompiledAuth | undefined): string {
  return auth === undefined ? module.name : JSON.stringify([module.name, auth.spec.name]);
}

/** The auth's credentials and headers; its TLS and proxy where it has them, else the module's. */
function mergeClients(module: HttpClientSpec, auth: HttpClientSpec): HttpClientSpec {
  return {
    credential: auth.credential,
    headers: auth.headers,
    tls: JSON.stringify(auth.tls) === JSON.stringify(noTls) ? module.tls : auth.tls,
    proxy: auth.proxy ?? module.proxy,
    followRedirects: auth.followRedirects || module.followRedirects,
  };
}

function findBudget(
  { name, policy }: ModuleSpec,
  { configuration, budgets }: UpstreamsOptions,
): RequestBudget | undefined {
  const { budget } = policy;
  if (typeof budget !== 'string') return budget === undefined ? undefined : budgets.open(`module ${name}`, budget);
  const spec = configuration.budgets.get(budget);
  return spec === undefined ? undefined : budgets.open(`budget ${budget}`, spec);
}

function toClientOptions(module: ModuleSpec, options: UpstreamsOptions) {
  const { configuration, version, environment, extraCa, onUnusableFiles } = options;
  const { upstream } = configuration;
  return {
    ...(extraCa === undefined ? {} : { extraCa }),
    systemCa: extraCa === undefined ? [] : listSystemCertificates(),
    maxConnections: module.maxConnections ?? upstream.maxConnections,
    connectTimeoutMs: upstream.connectTimeoutMs,
    userAgent: `zxp/${version}`,
    clock: () => new Date(),
    environment,
    exemptHosts: listExemptHosts(configuration, module),
    localFiles: listLocalFiles(configuration, module),
    ...(onUnusableFiles === undefined ? {} : { onUnusableFiles }),
  };
}

/** Files and folders that the configuration itself names. */
function listLocalFiles(configuration: Configuration, { name, allow = [] }: ModuleSpec): LocalFiles {
  const { targets, upstream } = configuration;
  const named = targets.filter((target) => target.module === name).map((target) => target.url);
  const allowed = allow.flatMap((each) => parseUrl(each) ?? []);
  const paths = [...named, ...allowed, ...(upstream.url === undefined ? [] : [upstream.url])].flatMap(
    (url) => toFile(url) ?? [],
  );
  return { named: new Set(paths), folders: paths.filter((path) => path.endsWith('/')) };
}

/** Hosts that the configuration itself names: an address that is refused elsewhere may be requested when it is one of them. */
function listExemptHosts(configuration: Configuration, module: ModuleSpec): readonly string[] {
  const named = configuration.targets.filter((target) => target.module === module.name).map((target) => target.url);
  const allowed = (module.allow ?? []).flatMap((origin) => parseUrl(origin) ?? []);
  const { url } = configuration.upstream;
  return [...named, ...allowed, ...(url === undefined ? [] : [url])].map((each) => each.hostname);
}
