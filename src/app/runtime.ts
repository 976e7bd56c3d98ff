import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import type { Configuration } from '../config/load.js';
import { toConfigError } from '../config/load.js';
import { findNearest } from '../config/nearest.js';
import { ScrapeRegistry } from '../exposition/scrape-registry.js';
import type { Problem } from '../model/errors.js';
import type { Translator, UpstreamClient } from '../model/ports.js';
import type { ScrapeRequest } from '../model/scrape.js';
import { UpstreamCollector } from '../scrape/collector.js';
import { translators } from '../translate/translators.js';
import { createUpstream } from '../upstream/client.js';

/** What one configuration amounts to: a collector to clone for each caller, and the connections behind it. */
export interface Runtime {
  readonly configuration: Configuration;
  readonly collector: UpstreamCollector;
  /** Lets requests under way end, then closes every connection. */
  close(): Promise<void>;
}

/** Makes a runtime, or throws `config` with everything that is missing. Opens no connection yet. */
export async function createRuntime(configuration: Configuration, version: string): Promise<Runtime> {
  const problems: Problem[] = [];
  const { upstream } = configuration;
  findTranslator(configuration.module, problems);
  const extraCa = await readCertificates(upstream.caFile, problems);
  if (upstream.url === undefined) {
    problems.push({
      where: '--upstream',
      message: 'is not set',
      hint: 'zxp --upstream http://registry:8080, or zxp demo to see it work',
    });
  }
  if (upstream.url === undefined || problems.length > 0) throw toConfigError(problems);
  const client = createUpstream({
    ...(extraCa === undefined ? {} : { extraCa }),
    systemCa: listSystemCertificates(),
    maxConnections: upstream.maxConnections,
    connectTimeoutMs: upstream.connectTimeoutMs,
    userAgent: `zxp/${version}`,
  });
  const collector = createCollector(configuration, { url: upstream.url, client: client.fetch });
  return { configuration, collector, close: client.close };
}

/** The collector that a configuration asks for, of any URL through any client. Throws `config` for an unknown module. */
export function createCollector(
  configuration: Configuration,
  source: { readonly url: URL; readonly client: UpstreamClient },
): UpstreamCollector {
  const problems: Problem[] = [];
  const translator = findTranslator(configuration.module, problems);
  if (translator === undefined) throw toConfigError(problems);
  const { limits, scrape } = configuration;
  return new UpstreamCollector({
    ...source,
    translator,
    limits,
    timeoutMs: scrape.timeoutMs,
    now: () => performance.now(),
  });
}

/** One scrape: a registry of its own that holds a clone of the collector with this caller's headers. */
export async function scrapeOnce(collector: UpstreamCollector, request: ScrapeRequest) {
  const registry = new ScrapeRegistry(collector.withHeaders(request.headers));
  const outcome = await registry.gather(request);
  return { registry, outcome };
}

function findTranslator(name: string, problems: Problem[]): Translator | undefined {
  const translator = translators.get(name);
  if (translator === undefined) {
    const nearest = findNearest(name, translators.keys());
    const known = [...translators.keys()].join(', ');
    const hint = nearest === undefined ? `there is ${known}` : `did you mean ${nearest}?`;
    problems.push({ where: '--module', message: `names no module: "${name}"`, hint });
  }
  return translator;
}

async function readCertificates(path: string | undefined, problems: Problem[]): Promise<readonly string[] | undefined> {
  if (path === undefined) return undefined;
  const where = `--upstream.ca-file ${path}`;
  try {
    const pem = await readFile(path, 'utf8');
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    for (const certificate of certificates) tls.createSecureContext({ ca: certificate });
    if (certificates.length === 0) problems.push({ where, message: 'has no PEM certificate' });
    return certificates;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    problems.push({ where, message: `cannot be read: ${message}` });
    return undefined;
  }
}

/** The roots that this process trusts: those of Node, and of NODE_EXTRA_CA_CERTS where Node can list them (22.15). */
function listSystemCertificates(): readonly string[] {
  return 'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
    ? tls.getCACertificates('default')
    : tls.rootCertificates;
}
