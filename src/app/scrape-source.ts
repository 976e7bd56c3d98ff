import { open } from 'node:fs/promises';
import { explainFileError } from '../config/file-error.js';
import type { Configuration } from '../config/load.js';
import { localUrl, upstreamUrl } from '../config/values.js';
import { renderFamiliesAsJson } from '../exposition/json.js';
import type { ScrapeRegistry } from '../exposition/scrape-registry.js';
import { ZxpError } from '../model/errors.js';
import { tooLarge } from '../model/limits.js';
import type { ExpositionFormat } from '../model/metrics.js';
import type { HeaderList, UpstreamClient } from '../model/ports.js';
import { renderDebugReport } from '../scrape/debug-report.js';
import { createRuntime, createScraper } from './runtime.js';

export interface SourceOptions {
  /** A URL, the path of a file, or `-` for standard input. */
  readonly source: string;
  readonly configuration: Configuration;
  readonly headers: HeaderList;
  /** In which it will be written; JSON where nobody says. */
  readonly format?: ExpositionFormat | 'json';
  readonly stdin: NodeJS.ReadableStream;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Scrapes a URL once, or translates a document at hand. Throws `usage` or `config` where there is nothing to scrape. */
export async function scrapeSource(options: SourceOptions) {
  const { headers } = options;
  const format = options.format === 'json' ? undefined : options.format;
  const runtime = await createRuntime({ ...options, isSourceGiven: true });
  try {
    const { collector } = runtime.planSource(await openSource(options));
    return await createScraper()(collector, { headers, format });
  } finally {
    await runtime.close();
  }
}

/** A URL is asked through the module's own client, a document is at hand already. */
async function openSource(options: SourceOptions): Promise<{ readonly url: URL; readonly client?: UpstreamClient }> {
  const { source, configuration } = options;
  if (source.includes('://')) return { url: readSourceUrl(source, configuration) };
  const body = await readDocument(options);
  const client: UpstreamClient = async ({ maxBodyBytes }) => {
    if (body.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    return { statusCode: 200, body };
  };
  return { url: new URL('file:///'), client };
}

/** The scrape step by step, secrets masked. */
export const describeScrape = renderDebugReport;

/** The exposition in a format, or the families as JSON. */
export async function* writeFamilies(
  registry: ScrapeRegistry,
  format: ExpositionFormat | 'json',
): AsyncGenerator<Buffer | string> {
  if (format === 'json') yield renderFamiliesAsJson(registry.families);
  else yield* registry.write(format);
}

/** A URL without a path stands for an upstream; one with a path is asked as it is. Throws `usage` for what is no URL of a target. */
export function readSourceUrl(source: string, configuration: Configuration): URL {
  const local = localUrl.read(source);
  if (local !== undefined) return local;
  const base = upstreamUrl.read(source.replace(/[?#].*$/s, ''));
  if (base === undefined) {
    throw new ZxpError('usage', `the source must be ${upstreamUrl.expected}`, {
      hint: 'credentials go into --user or --authorization-file, not into the URL',
    });
  }
  const url = new URL(source);
  if (url.pathname === '/') url.pathname = configuration.upstream.path;
  url.hash = '';
  return url;
}

/** The whole document; of standard input no more than it takes to see that it is too large. */
async function readDocument({ source, stdin, configuration }: SourceOptions): Promise<Uint8Array> {
  if (source !== '-') {
    return readStart(source, configuration.limits.bodyBytes).catch((cause: unknown) => {
      throw new ZxpError('usage', `${source}: cannot be read: ${explainFileError(cause)}`, {
        cause,
        hint: 'name a URL, a file, or - for standard input',
      });
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
