import type { Configuration } from '../config/load.js';
import { FamilyHeads } from '../exposition/family-head.js';
import { WritingCache } from '../exposition/placed-lines.js';
import { ScrapeRegistry } from '../exposition/scrape-registry.js';
import { decideForwarding, type Forwarding } from '../model/credential-policy.js';
import type { Discovery } from '../model/discovery.js';
import { ZxpError } from '../model/errors.js';
import type { UpstreamClient } from '../model/ports.js';
import type { PreparedRequest, ScrapeRequest } from '../model/scrape.js';
import { type CompiledAuth, chooseAuth, findAuth } from '../modules/auths.js';
import type { CompiledModule } from '../modules/compile-modules.js';
import { findProbe } from '../modules/find-target.js';
import { showsOperatorsView } from '../modules/module-credentials.js';
import { isConstant } from '../modules/request-template.js';
import type { Parameters } from '../modules/text-template.js';
import { findUnusedParams } from '../modules/unused-params.js';
import { type FetchedDocument, UpstreamCollector } from '../scrape/collector.js';
import { withFetchPlan } from '../scrape/fetch-plan.js';
import type { ModuleDocuments } from './module-documents.js';
import type { Upstreams } from './open-upstreams.js';

/** A collector to clone for a caller, and which of the caller's headers go to its target. */
export interface PreparedScrape {
  readonly collector: UpstreamCollector;
  /** The name of a configured target, or the URL that the caller named; without a query. */
  readonly target: string;
  readonly isConfigured: boolean;
  readonly module: string;
  readonly forwardHeaders: readonly string[];
  /** Whether their `Authorization` goes along. */
  readonly forwarding: Forwarding;
  /** Whether its document is for the operator: what the caller sends along is not all that opens it. */
  readonly isOperatorsView: () => boolean;
  /** Whether the caller chose the target, and the configuration says nothing of it: the module may request any. */
  readonly isUnrestricted: boolean;
}

/** A collector that fetches a document, and what finds the targets in it. */
export interface PreparedDiscovery extends PreparedScrape {
  readonly readTargets: (document: FetchedDocument) => Promise<Discovery>;
}

/** What is scraped, by which module and with whose credentials, for each kind of request. */
export interface ScrapePlans {
  /** Of `--upstream`. Throws `request` where there is none. */
  planUpstream(query: URLSearchParams): PreparedScrape;
  /** Of `/probe`. Throws `request` or `refused`. */
  planProbe(query: URLSearchParams): PreparedScrape;
  /** Of `/discover`. Throws `request`, for a module without `discover` too, or `refused`. */
  planDiscovery(query: URLSearchParams): PreparedDiscovery;
  /**
   * Of a URL that the configuration names with this module, or of a document at hand. Throws `internal` for an unknown
   * module.
   */
  planModule(
    name: string,
    request: {
      readonly url: URL;
      readonly query: URLSearchParams;
      readonly client?: UpstreamClient;
      /** Whether the client answers single requests, of which the pages and follow of the module make a document. */
      readonly isPlanned?: boolean;
    },
  ): PreparedScrape;
  /**
   * Of a configured target, by its name, or of `upstream`, with an auth of this name where one is given; undefined where
   * there is no such target. Throws `usage` for an auth that there is not, or that may not go there.
   */
  planTarget(name: string, auth?: string): PreparedScrape | undefined;
  /** Of a URL or a document that the caller brings, by the module that the configuration names; with an auth as well. */
  planSource(source: { readonly url: URL; readonly client?: UpstreamClient; readonly auth?: string }): PreparedScrape;
}

interface PlanOptions {
  readonly configuration: Configuration;
  /** Milliseconds since 1970, for uptimes. */
  readonly wallClock: () => number;
}

interface PlanParts {
  readonly modules: ReadonlyMap<string, CompiledModule>;
  readonly auths: ReadonlyMap<string, CompiledAuth>;
  readonly upstreams: Upstreams;
  readonly documents: ReadonlyMap<string, ModuleDocuments>;
}

/** Plans scrapes by what was compiled of a configuration. */
export function createScrapePlans(options: PlanOptions, parts: PlanParts): ScrapePlans {
  const { configuration } = options;
  const { modules, auths, documents } = parts;
  const plan = createPlanner(options, parts);
  // A request without parameters is planned once, unless templates make it.
  let plainUpstream: PreparedScrape | undefined;
  return {
    planUpstream: (query) => {
      const isPlain = query.size === 0;
      if (isPlain && plainUpstream !== undefined) return plainUpstream;
      const { module } = configuration;
      const planned = plan(module, { url: findUpstream(configuration), query, configuredName: 'upstream' });
      const spec = modules.get(module)?.spec;
      if (isPlain && spec !== undefined && isConstant(spec.request)) plainUpstream = planned;
      return planned;
    },
    planProbe: (query) => {
      const { url, module, auth, isUnrestricted } = findProbe(query, { configuration, modules, auths });
      const configuredName = findName(url, configuration);
      return { ...plan(module.spec.name, { url, query, auth, configuredName }), isUnrestricted };
    },
    planDiscovery: (query) => {
      const { url, module, auth } = findProbe(query, { configuration, modules, auths });
      const { discover, spec } = module;
      const read = documents.get(spec.name)?.read;
      if (discover === undefined || read === undefined) {
        const hint = 'discover of a module says which targets its document names';
        throw new ZxpError('request', `the module ${spec.name} has no discover`, { hint });
      }
      return {
        ...plan(spec.name, { url, query, auth, configuredName: findName(url, configuration) }),
        readTargets: async ({ body, response, signal }) => {
          const task = { kind: 'targets' as const, response };
          return (await read({ body, task, signal, timeLeftMs: response.timeLeftMs })).result.discovery;
        },
      };
    },
    planModule: plan,
    planTarget: (name, authName) => {
      const target = configuration.targets.find((each) => each.name === name);
      const url = target?.url ?? (name === 'upstream' ? configuration.upstream.url : undefined);
      const module = modules.get(target?.module ?? configuration.module)?.spec;
      if (url === undefined || module === undefined) return undefined;
      const auth = chooseAuth(authName, { url, target, module }, { auths, configuration });
      return plan(module.name, { url, query: new URLSearchParams(), auth, configuredName: name });
    },
    planSource: ({ auth: authName, ...source }) => {
      const name = configuration.probeModule;
      const module = modules.get(name)?.spec;
      if (module === undefined) {
        const hint = `--module is one of ${[...modules.keys()].join(', ')}`;
        throw new ZxpError('usage', 'no module is named', { hint });
      }
      const given = { url: source.url, target: undefined, module };
      const auth = authName === undefined ? undefined : chooseAuth(authName, given, { auths, configuration });
      return plan(name, { ...source, query: new URLSearchParams(), auth });
    },
  };
}

function findName(url: URL, { targets }: Configuration): string | undefined {
  return targets.find((target) => target.url === url)?.name;
}

/**
 * Gives the function of one scrape: a registry of its own that holds a clone of the collector with this caller's headers.
 * From one scrape to the next it keeps how families are called, and nothing else.
 */
export function createScraper() {
  const heads = new FamilyHeads();
  return async (collector: UpstreamCollector, request: ScrapeRequest) => {
    const registry = new ScrapeRegistry(collector.withHeaders(request.headers), heads);
    const outcome = await registry.gather(request);
    return { registry, outcome };
  };
}

function findUpstream({ upstream }: Configuration): URL {
  if (upstream.url !== undefined) return upstream.url;
  throw new ZxpError('request', 'no upstream is configured', { hint: 'name a target: /probe?target=' });
}

interface Plan {
  readonly url: URL;
  readonly query: URLSearchParams;
  /** The name of the target, where the configuration has one. */
  readonly configuredName?: string | undefined;
  /** In place of the module's own. */
  readonly client?: UpstreamClient;
  readonly isPlanned?: boolean;
  /** In place of the module's own credentials; the module's own auth where it is not given. */
  readonly auth?: CompiledAuth | undefined;
}

/** Makes the collector that requests a URL as a module defines it. */
function createPlanner({ configuration, wallClock }: PlanOptions, { modules, auths, upstreams, documents }: PlanParts) {
  const cache = new WritingCache();
  return (name: string, { url, query, client, isPlanned, configuredName, auth: chosen }: Plan): PreparedScrape => {
    const module = modules.get(name);
    const reading = documents.get(name);
    if (module === undefined || reading === undefined) {
      throw new ZxpError('internal', `the module ${name} does not exist`);
    }
    const { spec, plan: fetchPlan } = module;
    // A document at hand needs no credentials.
    const isRequested = client === undefined;
    const auth = isRequested
      ? (chosen ?? findAuth({ query: undefined, url, target: undefined, module: spec }, { auths, configuration }))
      : undefined;
    const forwarding = decideForwarding(spec.request, auth?.spec);
    const { plan, params } = module.renderRequest(toParameters(query));
    const upstream = auth === undefined ? module.upstream : upstreams.openWithAuth(spec, auth);
    const given =
      client && isPlanned === true && fetchPlan !== undefined
        ? withFetchPlan(client, { plan: fetchPlan, read: reading.read })
        : client;
    const collector = new UpstreamCollector({
      url: addParams(url, params),
      request: applyAuth(plan, auth, forwarding),
      client: given ?? upstream.fetch,
      stale: client === undefined ? upstreams.findStale(spec, auth) : undefined,
      translator: module.translator,
      render: reading.render,
      cache,
      limits: configuration.limits,
      timeoutMs: module.timeoutMs,
      now: () => performance.now(),
      wallClock,
      findUnusedParams: () => findUnusedParams(spec, query),
      ...(module.translator.usesResponse ? { params: Object.fromEntries(toParameters(query)) } : {}),
    });
    return {
      collector,
      target: configuredName ?? url.href.replace(/[?#].*$/s, ''),
      isConfigured: configuredName !== undefined,
      module: name,
      forwardHeaders: spec.request.forwardHeaders,
      forwarding,
      isOperatorsView: () => showsOperatorsView(spec, { url, auth: auth?.spec }),
      isUnrestricted: false,
    };
  };
}

/** The request with an auth in place of the module's own credentials. */
function applyAuth(plan: PreparedRequest, auth: CompiledAuth | undefined, forwarding: Forwarding): PreparedRequest {
  const passesAuthorization = forwarding !== 'never';
  if (auth === undefined)
    return plan.passesAuthorization === passesAuthorization ? plan : { ...plan, passesAuthorization };
  const headers = plan.headers.filter(([name]) => name.toLowerCase() !== 'authorization');
  // One that forwards has no credentials of its own.
  const credential = auth.spec.forward ? undefined : `auth ${auth.spec.name}`;
  return { ...plan, headers, credential, passesAuthorization };
}

function addParams(url: URL, params: readonly (readonly [name: string, value: string])[]): URL {
  if (params.length === 0 || url.protocol === 'file:') return url;
  const extended = new URL(url);
  const added = new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])).toString();
  extended.search = extended.search === '' ? added : `${extended.search}&${added}`;
  return extended;
}

function toParameters(query: URLSearchParams): Parameters {
  return new Map([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
