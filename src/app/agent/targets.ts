import { createMemoryBudget, type MemoryBudget } from '../../async/memory-budget.js';
import { noHttpClient } from '../../config/modules/http-client.js';
import { findNearest } from '../../config/nearest.js';
import type { Problem, ZxpError } from '../../model/errors.js';
import type { HttpClientSpec, TargetSpec } from '../../model/module.js';
import type { AgentPathSpec, AgentSpec } from '../../model/tunnel.js';
import { compileMetricFilter } from '../../tunnel/agent/metric-filter.js';
import { failure } from '../../tunnel/agent/scrape-handler.js';
import { describeTargetUrl, type FetchTarget, maskTargetUrl, type ServedPath } from '../../tunnel/agent/target.js';
import { createUpstream, type UpstreamOptions } from '../../upstream/client.js';
import { BODIES_SHARE } from '../open-upstreams.js';
import type { Runtime } from '../runtime.js';
import { createExporterTarget } from './exporter-target.js';
import { createModuleTarget } from './module-target.js';

export interface TargetsOptions {
  readonly spec: AgentSpec;
  /** Translates for the paths with a module; undefined where it could not be made, which is a problem already. */
  readonly runtime: Runtime | undefined;
  /** Gets every pattern and module that is wrong. */
  readonly problems: Problem[];
  readonly maxBodyBytes: number;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told of certificate files that cannot be used after they changed. */
  readonly onUnusableFiles: (error: ZxpError) => void;
  readonly onInternal: (path: string, error: ZxpError) => void;
}

/** The paths of an agent, ready to be served, and the connections behind them. */
export interface Targets {
  readonly paths: readonly ServedPath[];
  /** Lets requests under way end, then closes every connection. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const CONNECT_TIMEOUT_MS = 5000;

/** Makes what an agent serves; of no use where it notes a problem. */
export function createTargets(options: TargetsOptions): Targets {
  const { spec } = options;
  const clients = new Clients(options);
  const paths = spec.paths.map((path) => {
    const fetch = createFetch(path, { ...options, clients });
    return toServedPath(path, fetch);
  });
  return { paths, close: () => clients.close() };
}

function createFetch(spec: AgentPathSpec, context: TargetsOptions & { readonly clients: Clients }): FetchTarget {
  const { runtime, maxBodyBytes, problems, clients } = context;
  const onInternal = (error: ZxpError) => context.onInternal(spec.path, error);
  const { module } = spec;
  if (module === undefined) {
    const filter = compileMetricFilter(spec, problems);
    const client = clients.open(spec.httpClient);
    const timeoutMs = context.spec.scrapeTimeoutMs;
    return createExporterTarget({ spec, client: client.fetch, filter, timeoutMs, maxBodyBytes, onInternal });
  }
  const filter = compileMetricFilter(spec, problems, isOutcome);
  if (runtime === undefined) return async () => failure(503, 'unreachable');
  checkModule(spec, module, { runtime, problems });
  return createModuleTarget({ spec, module, runtime, filter, maxBodyBytes, onInternal });
}

/** What a scrape is judged by is not of the target. */
function isOutcome(name: string): boolean {
  return name === 'target_up' || name.startsWith('target_scrape_');
}

function checkModule(
  { where, moduleWhere = where }: AgentPathSpec,
  module: string,
  { runtime, problems }: { readonly runtime: Runtime; readonly problems: Problem[] },
): void {
  const { moduleNames } = runtime;
  if (moduleNames.includes(module)) return;
  const nearest = findNearest(module, moduleNames);
  const hint = nearest === undefined ? `there is ${moduleNames.join(', ')}` : `did you mean ${nearest}?`;
  problems.push({ where: moduleWhere, message: `unknown module ${JSON.stringify(module)}`, hint });
}

function toServedPath(spec: AgentPathSpec, fetch: FetchTarget): ServedPath {
  const { path, url, source, userinfo } = spec;
  return {
    path,
    labels: JSON.stringify(Object.fromEntries(spec.labels)),
    targetUrl: maskTargetUrl(url),
    describeUrl: (query) => describeTargetUrl(url, query, userinfo !== undefined),
    source,
    fetch,
  };
}

/** Modules reach the hosts of their paths as they reach those of named targets. */
export function toModuleTargets(paths: readonly AgentPathSpec[]): readonly TargetSpec[] {
  return paths.flatMap(({ path: name, url, module, where, labels }) =>
    module === undefined ? [] : [{ name, url, module, auth: undefined, where, labels }],
  );
}

type Upstream = ReturnType<typeof createUpstream>;

/** One client for all exporters without settings of their own, and one for each with some. */
class Clients {
  readonly #options: TargetsOptions;
  readonly #opened: Upstream[] = [];
  readonly #bodies: MemoryBudget;
  #shared: Upstream | undefined;

  constructor(options: TargetsOptions) {
    this.#options = options;
    this.#bodies = createMemoryBudget(BODIES_SHARE * options.maxBodyBytes);
  }

  open(httpClient: HttpClientSpec | undefined): Upstream {
    if (httpClient !== undefined) return this.#create(httpClient);
    this.#shared ??= this.#create({ ...noHttpClient, followRedirects: true });
    return this.#shared;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((client) => client.close()));
  }

  #create(httpClient: HttpClientSpec): Upstream {
    const { spec, version, environment, onUnusableFiles } = this.#options;
    const exporters = spec.paths.filter(({ module }) => module === undefined);
    const trusting = { ...httpClient, tls: { ...httpClient.tls, insecureSkipVerify: true } };
    const options: UpstreamOptions = {
      systemCa: [],
      maxConnections: MAX_CONNECTIONS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      userAgent: `zxp/${version}`,
      httpClient: spec.trustAllX509 ? trusting : httpClient,
      clock: () => new Date(),
      environment,
      exemptHosts: exporters.map(({ url }) => url.hostname),
      onUnusableFiles,
      bodies: this.#bodies,
    };
    const client = createUpstream(options);
    this.#opened.push(client);
    return client;
  }
}
