import type { Configuration } from '../config/load.js';
import { keepUntilRestart } from '../config/restart.js';
import type { ClusterHandle } from '../model/exporter.js';
import type { AuthSpec, ModuleSpec } from '../model/module.js';
import type { TargetHistory } from '../model/scrape-history.js';
import { describeCredentials, reachesTarget } from '../modules/forwarding.js';
import { maskUrl } from '../net/masking.js';
import { mergeHistories, type ScrapeHistory } from '../scrape/history.js';
import type { LandingFacts } from '../server/pages/landing.js';
import type { StatusFacts } from '../server/pages/status-page.js';
import type { NamedTarget } from '../server/pages/target-rows.js';
import type { Runtime } from './runtime.js';

/** How much history is kept. */
export const HISTORY_LIMITS = { maxTargets: 2000, maxScrapes: 20 };

/** What pages are made of, at one moment. */
export interface StatusSource {
  readonly version: string;
  readonly runtime: Runtime;
  /** The configuration of the start. */
  readonly started: Configuration;
  readonly isConsumed: boolean;
  readonly lastReload: StatusFacts['lastReload'];
}

/** What the status page shows of the active configuration, and of the scrapes of every process. */
export async function describeStatus(
  source: StatusSource,
  { history, cluster }: { readonly history: ScrapeHistory; readonly cluster: ClusterHandle | undefined },
): Promise<StatusFacts> {
  const { version, runtime, started, isConsumed, lastReload } = source;
  const { web } = started;
  const { configuration, warnings } = runtime;
  // Loaded with YAML, when somebody looks.
  const [{ renderSettings }, histories] = await Promise.all([
    import('../config/render.js'),
    cluster === undefined ? history.list() : collectHistories(cluster),
  ]);
  const modules = listModules(configuration);
  return {
    version,
    targets: listTargets(configuration, web.telemetryPath),
    histories,
    modules: modules.map(([name, module]) => ({
      name,
      credentials: describeCredentials(module, { isConsumed, auth: findAuth(configuration, module) }),
    })),
    warnings,
    settings: renderSettings(keepUntilRestart(started, configuration)),
    lastReload,
    offersLogin: offersLogin(source),
    lifecycle: web.enableLifecycle,
    links: [
      ['/playground', 'try a mapping on a document'],
      ['/-/targets', "the named targets, for Prometheus' service discovery"],
      ['/-/metrics', "zxp's own metrics"],
      ['/-/config', 'the active configuration'],
      ['/-/healthy', 'liveness'],
      ['/-/ready', 'readiness'],
    ],
    prefix: findPublicPrefix(web),
    nowMs: Date.now(),
  };
}

/** Whether a browser may have use for credentials that it would not send by itself. */
export function offersLogin({ runtime: { configuration }, isConsumed }: StatusSource): boolean {
  const reaches = ([, module]: readonly [string, ModuleSpec | undefined]) =>
    reachesTarget(module, { isConsumed, auth: findAuth(configuration, module) });
  return !isConsumed && listModules(configuration).some(reaches);
}

/** What the page of links shows of the active configuration. */
export function describeLanding({ version, runtime, started, isConsumed }: StatusSource): LandingFacts {
  const { web } = started;
  const { upstream, module, modules, targets } = runtime.configuration;
  return {
    version,
    upstream: upstream.url === undefined ? undefined : maskUrl(upstream.url),
    module,
    passesCredentials: reachesTarget(modules.get(module), {
      isConsumed,
      auth: findAuth(runtime.configuration, modules.get(module)),
    }),
    modules: [...modules.keys()],
    targets: targets.map((target) => target.name),
    telemetryPath: web.telemetryPath,
    lifecycle: web.enableLifecycle,
    prefix: findPublicPrefix(web),
  };
}

function findAuth({ auths }: Configuration, module: ModuleSpec | undefined): AuthSpec | undefined {
  return auths.get(module?.auth ?? '');
}

/** In front of every path, as clients see it. */
export function findPublicPrefix({ externalUrl, routePrefix }: Configuration['web']): string {
  return externalUrl === undefined ? routePrefix : externalUrl.pathname.replace(/\/$/, '');
}

/** Those of the file, and built-in ones that upstream and targets use: undefined. */
function listModules({ upstream, module, modules, targets }: Configuration) {
  const used = [...(upstream.url === undefined ? [] : [module]), ...targets.map((target) => target.module)];
  return [...new Set([...used, ...modules.keys()])].map((name) => [name, modules.get(name)] as const);
}

function listTargets({ upstream, module, targets }: Configuration, telemetryPath: string): readonly NamedTarget[] {
  const named = targets.map(({ name, module, url }) => {
    const query = new URLSearchParams({ target: name });
    const [metricsPath, scrapePath] = [`/probe?${query}`, `/-/scrape?${query}&debug=true`];
    return { target: name, module, url: maskUrl(url), metricsPath, scrapePath };
  });
  if (upstream.url === undefined) return named;
  const scrapePath = '/-/scrape?debug=true';
  return [{ target: 'upstream', module, url: maskUrl(upstream.url), metricsPath: telemetryPath, scrapePath }, ...named];
}

async function collectHistories(cluster: ClusterHandle): Promise<readonly TargetHistory[]> {
  return mergeHistories(await cluster.listHistories(), HISTORY_LIMITS.maxScrapes);
}
