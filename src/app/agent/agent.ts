import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createQueue, shareQueued } from '../../async/queue.js';
import { toConfigError } from '../../config/load.js';
import { orderByPlace } from '../../config/place.js';
import { describeFiles } from '../../files/stable-read.js';
import { type Problem, toZxpError, type ZxpError } from '../../model/errors.js';
import type { Logger } from '../../model/ports.js';
import { isLoopbackAddress } from '../../net/loopback.js';
import { type AgentMetrics, createAgentMetrics } from '../../telemetry/agent-metrics.js';
import { silentLogger } from '../../telemetry/derived-loggers.js';
import { createFailureLog, type FailureLog } from '../../telemetry/failure-log.js';
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
import { openAgentListener } from './agent-listener.js';
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

interface AgentState {
  active: ActiveAgent;
  /** Undefined until it connects. */
  tunnel: ReturnType<typeof startTunnelAgent> | undefined;
}

/** Connects to proxies and serves the paths of the configuration. Throws `config` or `listen`, and leaves nothing open. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { settings } = options.configuration;
  const renderPool = openRenderPool({
    configured: () => state.active.configuration.settings.scrape.workers,
    processes: settings.web.workers,
  });
  const state: AgentState = {
    active: await activate(options.configuration, options, renderPool),
    tunnel: undefined,
  };
  const telemetry = openTelemetry(options, state);
  const included = { state: await describeIncluded(state.active) };
  const reload = createAgentReload(options, { state, renderPool, metrics: telemetry.metrics, included });
  const closeActive = async () => {
    await Promise.all([closeAgent(state.active), renderPool.close()]);
  };
  const listener = await openAgentListener({
    ...options,
    ...telemetry,
    configuration: settings,
    runtime: state.active.runtime,
    isReady: () => state.tunnel?.proxies().some(({ connections }) => connections > 0) === true,
    reload,
    logsRequests: () => state.active.configuration.settings.log.requests,
  }).catch(async (thrown) => {
    await closeActive();
    throw thrown;
  });
  const tunnel = connectToProxies(options, state.active, telemetry);
  state.tunnel = tunnel;
  const watch = reloadOnChange({
    listFiles: () => state.active.configuration.listIncluded(),
    known: included,
    reload,
    watchIntervalMs: options.watchIntervalMs,
  });
  return {
    urls: listener.urls,
    reload,
    close: async () => {
      watch.close();
      await tunnel.close(settings.web.drainTimeoutMs);
      await listener.close();
      await closeActive();
    },
  };
}

interface AgentTelemetry {
  readonly metrics: AgentMetrics;
  readonly failures: FailureLog;
}

/** What the agent knows of itself, with the warnings of its start logged. */
function openTelemetry({ logger, version, nodeVersion }: AgentOptions, state: AgentState): AgentTelemetry {
  const { configuration, runtime } = state.active;
  logWarnings(logger, [...configuration.warnings, ...runtime.warnings]);
  const metrics = createAgentMetrics({
    version,
    nodeVersion,
    proxies: () => state.tunnel?.proxies() ?? [],
    paths: () => state.active.targets.paths.length,
  });
  observeConfiguration(metrics, configuration);
  return { metrics, failures: createFailureLog(logger, () => performance.now()) };
}

function observeConfiguration(metrics: AgentMetrics, { spec }: AgentConfiguration): void {
  metrics.observeReload(true, Date.now() / 1000);
  metrics.observeTrustAll(spec.trustAllX509);
}

interface ReloadParts {
  readonly state: AgentState;
  readonly renderPool: RenderPool;
  readonly metrics: AgentMetrics;
  /** Of included files when they were last read. */
  readonly included: { state: string };
}

/**
 * Makes what reads everything again, one at a time. It becomes active as a whole or not at all: then it throws why.
 * Requests that come while one is under way share the next.
 */
function createAgentReload(options: AgentOptions, parts: ReloadParts): () => Promise<void> {
  const { logger } = options;
  const { state, renderPool, metrics, included } = parts;
  const { drainTimeoutMs } = options.configuration.settings.web;
  const reloadNow = async () => {
    try {
      included.state = await describeIncluded(state.active);
      const configuration = await options.load();
      const next = await activate(configuration, options, renderPool);
      logWarnings(logger, [...configuration.warnings, ...next.runtime.warnings]);
      const previous = state.active;
      state.active = next;
      await state.tunnel?.updateSettings(toAgentSettings(configuration), drainTimeoutMs);
      await state.tunnel?.updatePaths(next.targets.paths);
      void closeAgent(previous);
      options.onReload?.(configuration);
      observeConfiguration(metrics, configuration);
      logger.info('configuration reloaded', describeChange(previous.targets, next.targets));
    } catch (thrown) {
      metrics.observeReload(false, Date.now() / 1000);
      throw reportReloadFailure(logger, toZxpError(thrown));
    }
  };
  return shareQueued(createQueue(), reloadNow);
}

function connectToProxies(
  { logger, version }: AgentOptions,
  { configuration, targets }: ActiveAgent,
  { metrics, failures }: AgentTelemetry,
): ReturnType<typeof startTunnelAgent> {
  return startTunnelAgent({
    settings: toAgentSettings(configuration),
    paths: targets.paths,
    hostName: hostname(),
    launchId: randomBytes(12).toString('base64url').slice(0, 15),
    userAgent: `zxp/${version}`,
    maxScrapes: configuration.settings.web.maxRequests,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
    lingerMs: configuration.spec.scrapeTimeoutMs,
    lookup: openLookup(),
    now: () => performance.now(),
    random: Math.random,
    isLoopback: isLoopbackAddress,
    onEvent: createAgentReporter({ logger, failures, metrics }),
  });
}

/** Looks up the names of proxies as those of upstreams are: without a thread, which would delay the end of the process. */
function openLookup(): LookupAll {
  const resolve = createNameResolver({ now: () => performance.now() });
  return (host, signal) =>
    resolve(host, signal).catch((thrown: unknown) => {
      throw signal.aborted ? signal.reason : explainNoName(thrown, 'the proxy');
    });
}

/** What tells two states of the included files apart. */
async function describeIncluded({ configuration }: ActiveAgent): Promise<string> {
  return describeFiles(await configuration.listIncluded());
}

async function closeAgent({ runtime, targets }: ActiveAgent): Promise<void> {
  await Promise.all([runtime.close(), targets.close()]);
}

/** What a start of this configuration would warn of. Throws `config` with everything that it would refuse. */
export async function checkAgent(
  configuration: AgentConfiguration,
  options: Pick<AgentOptions, 'version' | 'environment'>,
): Promise<readonly Problem[]> {
  const active = await activate(configuration, { ...options, logger: silentLogger }, undefined);
  await closeAgent(active);
  return [...configuration.warnings, ...active.runtime.warnings];
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
