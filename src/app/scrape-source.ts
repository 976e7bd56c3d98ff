import { open } from 'node:fs/promises';
import { explainFileError } from '../config/file-error.js';
import type { Configuration } from '../config/load.js';
import { findNearest } from '../config/nearest.js';
import { localUrl, upstreamUrl } from '../config/values.js';
import { renderFamiliesAsJson } from '../exposition/json.js';
import { listSamples, type Sample } from '../exposition/samples.js';
import type { ScrapeRegistry } from '../exposition/scrape-registry.js';
import type { CancellationSignal } from '../model/cancellation.js';
import { type FailureReason, type Problem, toZxpError, ZxpError } from '../model/errors.js';
import { tooLarge } from '../model/limits.js';
import type { ExpositionFormat } from '../model/metrics.js';
import type { HeaderList, UpstreamClient } from '../model/ports.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import { maskParameters, maskUrl, maskUserinfo } from '../net/masking.js';
import { adviseRedirect } from '../net/redirect-hint.js';
import type { FetchedDocument } from '../scrape/collector.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createRuntime, type Runtime } from './runtime.js';
import { createScraper, type PreparedScrape } from './scrape-plans.js';

export interface SourceOptions {
  /** The name of a configured target, a URL, the path of a file, or `-` for standard input. */
  readonly source: string;
  readonly configuration: Configuration;
  /** Of the command line, where it names a module. */
  readonly module?: string | undefined;
  /** The name of an auth, in place of the credentials of the target and its module. */
  readonly auth?: string | undefined;
  /** Names in lower case. */
  readonly headers: HeaderList;
  /** In which it will be written; JSON where nobody says. */
  readonly format?: ExpositionFormat | 'json';
  readonly stdin: NodeJS.ReadableStream;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One scrape of a source. */
export interface SourceScrape {
  readonly registry: ScrapeRegistry;
  readonly outcome: ScrapeOutcome;
  /** Why the target is down, with what was requested and what to do; undefined where it is up. */
  readonly failure: ZxpError | undefined;
}

/** A source that can be scraped again and again. */
export interface ScrapeSource {
  /** As messages call it: a URL without its secrets, the path of a file, `standard input`. */
  readonly name: string;
  /** What of the command line is of no effect. */
  readonly warnings: readonly Problem[];
  /** Rejects with `cancelled` after the signal, and with `usage` for a file that cannot be read. */
  scrape(signal?: CancellationSignal): Promise<SourceScrape>;
  /** What `reader` makes of the document, which is fetched as for a scrape. Rejects with the reason where there is none. */
  read<T>(reader: (document: FetchedDocument) => T): Promise<T>;
  /** What is requested; `file:///` for a document at hand. */
  readonly url: URL;
  close(): Promise<void>;
}

/** Scrapes a source once. Throws `usage` or `config` where there is nothing to scrape. */
export async function scrapeSource(options: SourceOptions): Promise<SourceScrape> {
  const source = await openSource(options);
  try {
    return await source.scrape();
  } finally {
    await source.close();
  }
}

/** Opens a source, and connects to nothing yet. Throws `usage` or `config` where there is nothing to scrape. */
export async function openSource(options: SourceOptions): Promise<ScrapeSource> {
  const { headers } = options;
  const format = options.format === 'json' ? undefined : options.format;
  const runtime = await createRuntime({ ...options, isSourceGiven: true });
  try {
    const { name, prepared } = await prepareSource(runtime, options);
    const scrapeOnce = createScraper();
    return {
      name,
      warnings: findUselessHeaders(prepared, headers),
      scrape: async (signal) => {
        const scraped = await scrapeOnce(prepared.collector, { headers, format, signal });
        return { ...scraped, failure: explainFailure(scraped.outcome, { name, prepared, options }) };
      },
      read: async (reader) => {
        try {
          return await prepared.collector.withHeaders(headers).read({}, reader);
        } catch (thrown) {
          throw nameFailure(toZxpError(thrown), { name, prepared, options });
        }
      },
      url: prepared.collector.url,
      close: () => runtime.close(),
    };
  } catch (thrown) {
    await runtime.close();
    throw thrown;
  }
}

interface PreparedSource {
  readonly name: string;
  readonly prepared: PreparedScrape;
}

/** A target or a URL is requested through the client of its module, as `/probe` does; a document is read at each scrape. */
async function prepareSource(runtime: Runtime, options: SourceOptions): Promise<PreparedSource> {
  const { source, module, auth } = options;
  const target = runtime.planTarget(source, auth);
  if (target !== undefined) {
    if (module !== undefined && module !== target.module) {
      const hint = 'leave --module out';
      throw new ZxpError('usage', `the target ${source} belongs to the module ${target.module}`, { hint });
    }
    return { name: maskUrl(target.collector.url), prepared: target };
  }
  if (source.includes('://')) {
    const url = readSourceUrl(source);
    return { name: maskUrl(url), prepared: runtime.planSource({ url, ...(auth === undefined ? {} : { auth }) }) };
  }
  if (auth !== undefined) {
    const hint = 'name a target of the config file, or a URL';
    throw new ZxpError('usage', '--auth: a document is read without credentials', { hint });
  }
  const read = await openDocument(options);
  const client: UpstreamClient = async ({ maxBodyBytes }) => {
    const body = await read();
    if (body.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    return { statusCode: 200, body };
  };
  const name = source === '-' ? 'standard input' : source;
  return { name, prepared: runtime.planSource({ url: new URL('file:///'), client }) };
}

/** Headers of the command line that the daemon would not forward, or that do not go along. */
export function findUselessHeaders(
  { forwarding, forwardHeaders }: PreparedScrape,
  headers: HeaderList,
): readonly Problem[] {
  return headers.flatMap(([name, value]): readonly Problem[] => {
    if (name === 'authorization') {
      if (forwarding !== 'never') return findBareToken(value);
      const message = 'the credentials of the command line are not sent: the module has its own, or forwards none';
      return [{ where: 'Authorization', message }];
    }
    if (forwardHeaders.includes(name)) return [];
    const hint = `forward_headers: [${name}]`;
    return [
      { where: name, message: 'the daemon forwards this header only if forward_headers of the module lists it', hint },
    ];
  });
}

/** A token without the scheme in front of it, which RFC 9110 (11.4) wants; some APIs do not. */
function findBareToken(authorization: string): readonly Problem[] {
  if (authorization === '' || /^[^ ]+ +[^ ]/.test(authorization)) return [];
  const message = 'the credentials have no scheme';
  return [{ where: 'Authorization', message, hint: 'for a token, write: Bearer TOKEN' }];
}

/** Why a target is down, by the name of what was requested, with the hint of the command line where it knows more. */
function explainFailure(
  outcome: ScrapeOutcome,
  source: PreparedSource & { readonly options: SourceOptions },
): ZxpError | undefined {
  const { reason, message = '', hint } = outcome;
  if (reason === undefined) return undefined;
  const request = outcome.trace?.().request;
  const isDocument = request === undefined || request.url === 'file:///';
  const where = isDocument ? source.name : request.url;
  const advice =
    findSourceHint(reason, source) ??
    findRedirectHint(outcome, source) ??
    hint?.replace(/^the debug view shows/, '--debug shows');
  return new ZxpError(reason, `${where}: ${message}`, { hint: advice });
}

/** Where a redirect leads, which only its own caller is told. */
function findRedirectHint({ reason, trace }: ScrapeOutcome, { prepared }: PreparedSource): string | undefined {
  if (reason !== 'redirect') return undefined;
  const location = trace?.().response?.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  return adviseRedirect(prepared.collector.url, location);
}

/** The failure of a document, by the name of what was requested. */
function nameFailure(error: ZxpError, source: PreparedSource & { readonly options: SourceOptions }): ZxpError {
  const { code, message, hint } = error;
  const needsUser = code === 'unauthorized' && !source.options.headers.some(([name]) => name === 'authorization');
  return new ZxpError(code, `${source.name}: ${message}`, { hint: needsUser ? HINT_USER : hint, cause: error });
}

const HINT_USER = 'send credentials: -u NAME:PASSWORD';

/** What a reply looks like that another module was meant for. */
const OTHER_FORMAT: ReadonlySet<FailureReason> = new Set(['decode', 'schema', 'content']);

/** What to do about a failure where the command line has more to say than the failure: undefined where it has not. */
export function findSourceHint(
  reason: FailureReason,
  {
    prepared,
    options,
  }: {
    readonly prepared: PreparedScrape;
    readonly options: Pick<SourceOptions, 'configuration' | 'module' | 'headers'>;
  },
): string | undefined {
  const { configuration, module, headers } = options;
  const { url } = prepared.collector;
  if (reason === 'unauthorized' && prepared.forwarding !== 'never') {
    if (!headers.some(([name]) => name === 'authorization')) return HINT_USER;
  }
  if (prepared.isConfigured || prepared.module !== 'zot') return undefined;
  const names = [...configuration.modules.keys()].filter((name) => name !== 'zot');
  if (OTHER_FORMAT.has(reason) && module === undefined && names.length > 0) {
    return `this was module zot, as no --module is given; the config file has ${names.join(', ')}`;
  }
  const isRoot = /^https?:$/.test(url.protocol) && url.pathname === '/';
  if (isRoot && (reason === 'status' || OTHER_FORMAT.has(reason))) {
    return `zot has its metrics at /metrics: ${new URL('/metrics', url).href}`;
  }
  return undefined;
}

/** The scrape step by step, secrets masked. */
export const describeScrape = renderDebugReport;

/** Every sample of a family. */
export const listFamilySamples = listSamples;
export type { Sample };

/** The exposition in a format, or the families as JSON. */
export async function* writeFamilies(
  registry: ScrapeRegistry,
  format: ExpositionFormat | 'json',
): AsyncGenerator<Buffer | string> {
  if (format === 'json') yield renderFamiliesAsJson(registry.families);
  else yield* registry.write(format);
}

/** A URL is requested as it is. Throws `usage` for what is not the URL of a target. */
export function readSourceUrl(source: string): URL {
  const local = localUrl.read(source);
  if (local !== undefined) return local;
  if (upstreamUrl.read(source.replace(/[?#].*$/s, '')) === undefined) {
    throw new ZxpError(
      'usage',
      'the source must be an http or https URL such as http://registry:8080/metrics, without a user',
      {
        hint: 'credentials go into --user or --authorization-file, not into the URL',
      },
    );
  }
  const url = new URL(source);
  url.hash = '';
  return url;
}

/** Gives what reads the document. What cannot be read now is a problem of the command line. */
async function openDocument(options: SourceOptions): Promise<() => Promise<Uint8Array>> {
  const { source, configuration } = options;
  const first = await readDocument(options);
  let next: Uint8Array | undefined = first;
  return async () => {
    const again = () => readStart(source, configuration.limits.bodyBytes).catch(explainUnreadable);
    const body = next ?? (source === '-' ? first : await again());
    next = undefined;
    return body;
  };
}

/** A file that was there when the command began. */
function explainUnreadable(cause: unknown): never {
  throw new ZxpError('connect', `cannot be read: ${explainFileError(cause)}`, { cause });
}

/** The whole document; of standard input no more than it takes to see that it is too large. */
async function readDocument({ source, stdin, configuration }: SourceOptions): Promise<Uint8Array> {
  if (source !== '-') {
    return readStart(source, configuration.limits.bodyBytes).catch((cause: unknown) => {
      const name = maskUserinfo(source);
      const message = `${name}: cannot be read: ${explainFileError(cause)}`;
      throw new ZxpError('usage', message, { cause, hint: hintSource(name, configuration) });
    });
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > configuration.limits.bodyBytes) break;
  }
  return Buffer.concat(chunks);
}

/** A host with a port, or one that is no file's name. */
const HOST = /^(localhost|[\w.-]+:\d{1,5}|\d+\.\d+\.\d+\.\d+|\[[\da-fA-F:.]+\](:\d{1,5})?)([/?]|$)/;

/** For a URL that somebody wrote without its scheme; undefined for other texts. */
export function hintScheme(source: string): string | undefined {
  return HOST.test(source) ? `a URL has a scheme: http://${maskParameters(maskUserinfo(source))}` : undefined;
}

function hintSource(source: string, { targets }: Configuration): string {
  const scheme = hintScheme(source);
  if (scheme !== undefined) return scheme;
  const names = targets.map(({ name }) => name);
  const nearest = findNearest(source, names);
  if (nearest !== undefined) return `did you mean the target ${nearest}?`;
  return names.length === 0
    ? 'name a target of the config file, a URL, a file, or - for standard input'
    : `name a URL, a file, - for standard input, or a target: ${listNames(names)}`;
}

const MAX_LISTED_NAMES = 20;

function listNames(names: readonly string[]): string {
  const rest = names.length - MAX_LISTED_NAMES;
  return `${names.slice(0, MAX_LISTED_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** A file up to one byte beyond the limit, which is enough to see that it is too large; a device or a pipe never ends. */
async function readStart(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    if ((await file.stat()).isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ end: maxBytes, autoClose: false })) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}
