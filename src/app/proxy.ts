import { randomUUID, type X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createQueue, shareQueued } from '../async/queue.js';
import { createSemaphore } from '../async/semaphore.js';
import { listAltNames } from '../auth/subject-alt-names.js';
import type { Configuration } from '../config/load.js';
import { describeFiles } from '../files/stable-read.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { ProxyScrapeAnswer } from '../model/proxy.js';
import type { ProxySpec } from '../model/tunnel.js';
import { createHealthApp } from '../server/app.js';
import { createProxyApp, RESERVED_PATHS } from '../server/proxy-app.js';
import { createFailureLog, type FailureLog } from '../telemetry/failure-log.js';
import { createProxyMetrics, type ProxyMetrics } from '../telemetry/proxy-metrics.js';
import { createTunnelProxy, type TunnelProxy } from '../tunnel/proxy/proxy.js';
import { listSecretFiles, loadProxySecrets } from '../tunnel/proxy/proxy-secrets.js';
import { type Access, type AccessSource, loadFirstPolicy, openAccess } from './access.js';
import { reloadOnChange } from './auto-reload.js';
import { startServer } from './listeners.js';
import { listTunnelWarnings } from './tunnel-warnings.js';

/** What a proxy needs of the settings that it shares with the exporter. */
export type ProxySettings = Pick<Configuration, 'web' | 'access'> & {
  readonly scrape: Pick<Configuration['scrape'], 'timeoutOffsetMs'>;
};

export interface ProxyOptions extends AccessSource {
  readonly spec: ProxySpec;
  readonly settings: ProxySettings;
  /** Reads the file again. Throws `config`. */
  readonly loadSpec: () => Promise<ProxySpec>;
  readonly logger: Logger;
  /** Whether requests are logged; read again for each. They are not where it is absent. */
  readonly logsRequests?: () => boolean;
  readonly version: string;
  readonly nodeVersion: string;
  readonly watchIntervalMs?: number;
}

export interface RunningProxy {
  /** Where Prometheus scrapes: `http://localhost:8080`. */
  readonly urls: readonly string[];
  readonly healthUrl: string | undefined;
  /** Where agents connect: `127.0.0.1:50051`. */
  readonly tunnelAddresses: readonly string[];
  readonly load: TunnelProxy['load'];
  /** Reads tokens, certificates and access policy again. Throws what is wrong; the previous ones stay active then. */
  reload(): Promise<void>;
  /** Answers the scrapes under way, then ends agents and connections. */
  close(): Promise<void>;
}

const QUEUE_WAIT_MS = 1000;

/** The side of a tunnel that Prometheus scrapes. Throws `config` or `listen`, and leaves nothing open. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { settings, logger } = options;
  for (const { message, hint } of listTunnelWarnings(options.spec)) logger.warn(message, { hint });
  const known = { state: await describeFiles(listSecretFiles(options.spec)) };
  const secrets = await loadProxySecrets(options.spec);
  const state = { spec: options.spec, isReady: true };
  const metrics: ProxyMetrics = createProxyMetrics({ ...options, load: () => tunnel.load });
  metrics.observeReload(true, Date.now() / 1000);
  const tunnel: TunnelProxy = openTunnel(options, secrets, metrics);
  const failures = createFailureLog(logger, () => performance.now());
  const loaded = await loadFirstPolicy(settings.access);
  const access = openAccess({ ...options, loaded, failures, metrics: metrics.access, active: () => settings });
  const reloadTunnel = shareQueued(createQueue(), createTunnelReload(options, { state, tunnel, metrics }));
  const reload = shareQueued(createQueue(), async () => {
    await access.refresh();
    await reloadTunnel();
  });
  const apps = createApps(options, { state, tunnel, metrics, failures, access, reload });
  const server = await startServer(apps, { web: settings.web, access, logger }).catch(async (thrown) => {
    await Promise.all([access.close(), tunnel.close(0)]);
    throw thrown;
  });
  const addresses = await tunnel.listen().catch(async (thrown) => {
    await Promise.all([server.close(0), access.close()]);
    throw explainListenError(thrown);
  });
  const accessWatch = access.watch();
  const watch = reloadOnChange({
    listFiles: () => listSecretFiles(state.spec),
    known,
    reload: reloadTunnel,
    watchIntervalMs: options.watchIntervalMs,
  });
  return {
    urls: server.urls,
    healthUrl: server.healthUrl,
    tunnelAddresses: addresses.map(formatAddress),
    get load() {
      return tunnel.load;
    },
    reload,
    close: async () => {
      state.isReady = false;
      watch.close();
      accessWatch.close();
      await server.close(settings.web.drainTimeoutMs);
      await tunnel.close(0);
      await access.close();
    },
  };
}

interface ProxyParts {
  readonly state: { spec: ProxySpec; readonly isReady: boolean };
  readonly tunnel: TunnelProxy;
  readonly metrics: ProxyMetrics;
}

function openTunnel(
  { spec, logger }: ProxyOptions,
  secrets: Awaited<ReturnType<typeof loadProxySecrets>>,
  { observer }: ProxyMetrics,
): TunnelProxy {
  return createTunnelProxy({
    ...secrets,
    spec,
    isReserved: (path) => RESERVED_PATHS.some((reserved) => reserved === path) || path === spec.discovery?.path,
    nameCertificate,
    observer,
    logger,
    now: () => performance.now(),
    randomId: randomUUID,
  });
}

/** The routes, each with what it needs of the tunnel. */
function createApps(
  { spec, settings, version, logger, logsRequests = () => false }: ProxyOptions,
  parts: ProxyParts & { readonly failures: FailureLog; readonly access: Access; readonly reload: () => Promise<void> },
) {
  const { state, tunnel, metrics, failures, access } = parts;
  const { web, scrape } = settings;
  const isReady = () => state.isReady && tunnel.isSettled();
  const main = createProxyApp({
    auth: access.auth,
    externalUrl: web.externalUrl,
    scrape: {
      scrape: async (path, request) => {
        const answer = await tunnel.scrape(path, request);
        reportFailedScrape(failures, path, answer);
        return answer;
      },
      semaphore: createSemaphore({ max: web.maxRequests, waitMs: QUEUE_WAIT_MS }),
      forwardsVerified: spec.forwardVerified,
      timeoutOffsetMs: scrape.timeoutOffsetMs,
      writeTimeoutMs: web.writeTimeoutMs,
      now: () => performance.now(),
    },
    discoveryPath: spec.discovery?.path,
    discover: (host) => tunnel.discover(host) ?? [],
    report: tunnel.report,
    version,
    ownMetrics: metrics,
    isReady,
    reload: web.enableLifecycle ? parts.reload : undefined,
    requestLog: { isOn: logsRequests, write: logger.info, now: () => performance.now() },
  });
  return { main, health: () => createHealthApp({ access: access.auth.access, isReady }) };
}

/** What repeats is logged once a minute; a path that nobody serves and a scraper that left are no failures of a path. */
function reportFailedScrape(
  failures: FailureLog,
  path: string,
  { outcome, status, reason }: Pick<ProxyScrapeAnswer, 'outcome' | 'status' | 'reason'>,
): void {
  if (outcome === 'success' || outcome === 'path_not_found' || outcome === 'cancelled') return;
  failures.report({ cause: `scrape ${path} ${outcome} ${status}` }, 'scrape failed', { path, outcome, status, reason });
}

/** The first name of a certificate, else its common name. */
function nameCertificate(certificate: X509Certificate): string | undefined {
  const [first] = listAltNames(certificate);
  return first ?? /^CN=(.+)$/m.exec(certificate.subject)?.[1];
}

/** Reads the file and its secrets again: tokens and certificates become active at once, the rest at the next start. */
function createTunnelReload(options: ProxyOptions, { state, tunnel, metrics }: ProxyParts): () => Promise<void> {
  const { logger } = options;
  return async () => {
    try {
      const spec = await options.loadSpec();
      const secrets = await loadProxySecrets(spec);
      if ((spec.tls === undefined) !== (options.spec.tls === undefined)) {
        throw new ZxpError('config', 'tunnel.tls cannot be turned on or off by a reload', { hint: 'restart zxp' });
      }
      if ((spec.tls?.clientCa === undefined) !== (options.spec.tls?.clientCa === undefined)) {
        throw new ZxpError('config', 'tunnel.tls.client_ca_file cannot be added or removed by a reload', {
          hint: 'restart zxp',
        });
      }
      tunnel.setTokens(secrets.tokens);
      if (secrets.tls !== undefined) tunnel.setTls(secrets.tls);
      state.spec = spec;
      metrics.observeReload(true, Date.now() / 1000);
      logger.info('tunnel configuration reloaded', { agents: spec.agents.length });
    } catch (thrown) {
      const { message, hint } = toZxpError(thrown);
      metrics.observeReload(false, Date.now() / 1000);
      logger.error('tunnel configuration not reloaded, keeping the previous one', { reason: message, hint });
      throw thrown;
    }
  };
}

function formatAddress({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function explainListenError(thrown: unknown): ZxpError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
  return new ZxpError('listen', `the tunnel cannot listen: ${code}`, {
    cause: thrown,
    hint: 'choose another address with --tunnel.listen-address',
  });
}
