import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createQueue } from '../../async/queue.js';
import { toConfigError } from '../../config/load.js';
import { orderByPlace } from '../../config/place.js';
import { describeFiles } from '../../files/stable-read.js';
import { type Problem, toZxpError, type ZxpError } from '../../model/errors.js';
import type { Logger } from '../../model/ports.js';
import { isLoopbackAddress } from '../../net/loopback.js';
import { createAgentMetrics } from '../../telemetry/agent-metrics.js';
import { silentLogger } from '../../telemetry/derived-loggers.js';
import { createFailureLog } from '../../telemetry/failure-log.js';
import { type AgentSettings, startTunnelAgent } from '../../tunnel/agent/agent.js';
import { findSecretProblems } from '../../tunnel/agent/agent-secrets.js';
import type { LookupAll } from '../../tunnel/agent/dial.js';
import { explainNoName } from '../../upstream/http/failures.js';
import { createNameResolver } from '../../upstream/http/name-resolver.js';
import { openRenderPool } from '../../workers/machine-pool.js';
import type { RenderPool } from '../../workers/pool.js';
import type { AccessSource } from '../access.js';
import { reloadOnChange } from '../auto-reload.js';
import { logWarnings } from '../reload.js';
import { createRuntime, type Runtime } from '../runtime.js';
import { type AgentConfiguration, toMaxBodyBytes, toModuleConfiguration } from './agent-configuration.js';
import { type AgentListener, openAgentListener } from './agent-listener.js';
import { createAgentReporter } from './agent-reporter.js';
import { createTargets, type Targets } from './targets.js';

export interface AgentOptions extends AccessSource {
  readonly configuration: AgentConfiguration;
  /** Reads the configuration again. Throws `config` with everything that is wrong. */
  readonly load: () => Promise<AgentConfiguration>;
  readonly logger: Logger;
  /** Told of each configuration that a reload made active. */
  readonly onReload?: (configuration: AgentConfiguration) => void;
  readonly version: string;
  readonly nodeVersion: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long between two looks at included files; 2 s where it is not set. */
  readonly watchIntervalMs?: number;
}

export interface Agent {
  /** Where it serves health and its own metrics; empty where it does not. */
  readonly urls: readonly string[];
  /** Loads the configuration again: what changed is registered and unregistered. Throws what was wrong with it. */
  reload(): Promise<void>;
  /** Answers scrapes under way and closes everything. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 5000;

/** What one configuration amounts to. */
interface ActiveAgent {
  readonly configuration: AgentConfiguration;
  readonly runtime: Runtime;
  readonly targets: Targets;
}

/** Connects to proxies and serves the paths of the configuration. Throws `config` or `listen`, and leaves nothing open. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { logger, version, nodeVersion } = options;
  const renderPool = openRenderPool({
    configured: () => active.configuration.settings.scrape.workers,
    processes: options.configuration.settings.web.workers,
  });
  let active = await activate(options.configuration, options, renderPool);
  const { settings } = active.configuration;
  logWarnings(logger, [...active.configuration.warnings, ...active.runtime.warnings]);
  const metrics = createAgentMetrics({
    version,
    nodeVersion,
    proxies: () => tunnel?.proxies() ?? [],
    paths: () => active.targets.paths.length,
  });
  const failures = createFailureLog(logger, () => performance.now());
  const observe = (configuration: AgentConfiguration) => {
    metrics.observeReload(true, Date.now() / 1000);
    metrics.observeTrustAll(configuration.spec.trustAllX509);
  };
  observe(active.configuration);
  let tunnel: ReturnType<typeof startTunnelAgent> | undefined;
  const closeActive = async ({ runtime, targets }: ActiveAgent) => {
    await Promise.all([runtime.close(), targets.close()]);
  };
  const describeIncluded = async () => describeFiles(await active.configuration.listIncluded());
  const included = { state: await describeIncluded() };
  const reloadNow = async () => {
    try {
      included.state = await describeIncluded();
      const configuration = await options.load();
      const next = await activate(configuration, options, renderPool);
      logWarnings(logger, [...configuration.warnings, ...next.runtime.warnings]);
      const previous = active;
      active = next;
      await tunnel?.updateSettings(toAgentSettings(configuration), settings.web.drainTimeoutMs);
      await tunnel?.updatePaths(next.targets.paths);
      void closeActive(previous);
      options.onReload?.(configuration);
      observe(configuration);
      logger.info('configuration reloaded', describeChange(previous.targets, next.targets));
    } catch (thrown) {
      metrics.observeReload(false, Date.now() / 1000);
      throw reportReloadFailure(logger, toZxpError(thrown));
    }
  };
  const enqueue = createQueue();
  const reload = () => enqueue(reloadNow);
  let listener: AgentListener | undefined;
  try {
    listener = await openAgentListener({
      ...options,
      configuration: settings,
      runtime: active.runtime,
      metrics,
      failures,
      isReady: () => tunnel?.proxies().some(({ connections }) => connections > 0) === true,
      reload,
    });
  } catch (thrown) {
    await Promise.all([closeActive(active), renderPool.close()]);
    throw thrown;
  }
  tunnel = startTunnelAgent({
    settings: toAgentSettings(active.configuration),
    paths: active.targets.paths,
    hostName: hostname(),
    launchId: randomBytes(12).toString('base64url').slice(0, 15),
    userAgent: `zxp/${version}`,
    maxScrapes: settings.web.maxRequests,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
    lingerMs: active.configuration.spec.scrapeTimeoutMs,
    lookup: openLookup(),
    now: () => performance.now(),
    random: Math.random,
    isLoopback: isLoopbackAddress,
    onEvent: createAgentReporter({ logger, failures, metrics }),
  });
  const watch = reloadOnChange({
    listFiles: () => active.configuration.listIncluded(),
    known: included,
    reload,
    watchIntervalMs: options.watchIntervalMs,
  });
  return {
    urls: listener.urls,
    reload,
    close: async () => {
      watch.close();
      await tunnel?.close(settings.web.drainTimeoutMs);
      await listener?.close();
      await Promise.all([closeActive(active), renderPool.close()]);
    },
  };
}

/** Looks up the names of proxies as those of upstreams are: without a thread, which would delay the end of the process. */
function openLookup(): LookupAll {
  const resolve = createNameResolver({ now: () => performance.now() });
  return (host, signal) =>
    resolve(host, signal).catch((thrown: unknown) => {
      throw signal.aborted ? signal.reason : explainNoName(thrown, 'the proxy');
    });
}

/** What a start of this configuration would warn of. Throws `config` with everything that it would refuse. */
export async function checkAgent(
  configuration: AgentConfiguration,
  options: Pick<AgentOptions, 'version' | 'environment'>,
): Promise<readonly Problem[]> {
  const { runtime, targets } = await activate(configuration, { ...options, logger: silentLogger }, undefined);
  await Promise.all([runtime.close(), targets.close()]);
  return [...configuration.warnings, ...runtime.warnings];
}

async function activate(
  configuration: AgentConfiguration,
  { logger, version, environment }: Pick<AgentOptions, 'logger' | 'version' | 'environment'>,
  renderPool: RenderPool | undefined,
): Promise<ActiveAgent> {
  const onUnusableFiles = ({ message, hint }: ZxpError) => logger.warn(message, { hint });
  const problems = [...(await findSecretProblems(configuration.spec))];
  const runtime = await createRuntime({
    configuration: toModuleConfiguration(configuration),
    version,
    environment,
    onUnusableFiles,
    ...(renderPool === undefined ? {} : { renderPool }),
    isSourceGiven: true,
    hasAccessControl: configuration.settings.web.listenAddresses.length > 0,
  }).catch((thrown) => noteProblems(thrown, problems));
  const targets = createTargets({
    spec: configuration.spec,
    runtime,
    problems,
    maxBodyBytes: toMaxBodyBytes(configuration),
    version,
    environment,
    onUnusableFiles,
    onInternal: (path, error) => logger.error('internal error', { path, cause: error }),
  });
  if (problems.length === 0 && runtime !== undefined) return { configuration, runtime, targets };
  await Promise.all([runtime?.close(), targets.close()]);
  throw toConfigError(orderByPlace(problems));
}

/** Keeps what is wrong with a configuration, to be reported with the rest. Throws anything else. */
function noteProblems(thrown: unknown, problems: Problem[]): undefined {
  const error = toZxpError(thrown);
  if (error.code !== 'config' || error.problems.length === 0) throw error;
  problems.push(...error.problems);
  return undefined;
}

function toAgentSettings({ spec }: AgentConfiguration): AgentSettings {
  const { gzipAboveBytes, chunkBytes } = spec;
  return {
    proxies: spec.proxies,
    mode: spec.mode,
    name: spec.name ?? hostname(),
    consolidated: spec.consolidated,
    tls: spec.tls,
    token: spec.token,
    transportFilterDisabled: spec.transportFilterDisabled,
    callTimeoutMs: spec.callTimeoutMs,
    heartbeatAfterMs: spec.heartbeatAfterMs,
    reconnectAfterMs: spec.reconnectAfterMs,
    limits: { gzipAboveBytes, chunkBytes },
  };
}

/** Which paths are new and which are gone. */
function describeChange(before: Targets, after: Targets) {
  const old = new Set(before.paths.map(({ path }) => path));
  const now = new Set(after.paths.map(({ path }) => path));
  return {
    paths: now.size,
    added: [...now].filter((path) => !old.has(path)).length,
    removed: [...old].filter((path) => !now.has(path)).length,
  };
}

function reportReloadFailure(logger: Logger, error: ZxpError): ZxpError {
  logger.error('configuration not reloaded, keeping the previous one', { cause: error });
  for (const { where, message, hint } of error.problems) logger.error(message, { where, hint });
  return error;
}
