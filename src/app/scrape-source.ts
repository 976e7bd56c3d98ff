import { readFile } from 'node:fs/promises';
import type { Configuration } from '../config/load.js';
import { upstreamUrl } from '../config/values.js';
import type { ExpositionFormat } from '../exposition/format.js';
import { renderFamiliesAsJson } from '../exposition/json.js';
import type { ScrapeRegistry } from '../exposition/scrape-registry.js';
import { ZxpError } from '../model/errors.js';
import type { HeaderList } from '../model/ports.js';
import { createCollector, createRuntime, scrapeOnce } from './runtime.js';

export interface SourceOptions {
  /** A URL, the path of a file, or `-` for standard input. */
  readonly source: string;
  readonly configuration: Configuration;
  readonly headers: HeaderList;
  readonly stdin: NodeJS.ReadableStream;
  readonly version: string;
}

/** Scrapes a URL once, or translates a document at hand. Throws `usage` or `config` where there is nothing to scrape. */
export async function scrapeSource(options: SourceOptions) {
  const { source, configuration, headers } = options;
  if (source.includes('://')) {
    const upstream = { ...configuration.upstream, url: readUrl(source, configuration) };
    const runtime = await createRuntime({ ...configuration, upstream }, options.version);
    return scrapeOnce(runtime.collector, { headers }).finally(runtime.close);
  }
  const body = await readDocument(source, options.stdin);
  const client = async () => ({ statusCode: 200, body });
  return scrapeOnce(createCollector(configuration, { url: new URL('file:///'), client }), { headers });
}

/** The exposition in a format, or the families as JSON. */
export async function* writeFamilies(
  registry: ScrapeRegistry,
  format: ExpositionFormat | 'json',
): AsyncGenerator<Buffer | string> {
  if (format === 'json') yield renderFamiliesAsJson(registry.families);
  else yield* registry.write(format);
}

/** A URL without a path stands for an upstream; one with a path is asked as it is. */
function readUrl(source: string, configuration: Configuration): URL {
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

async function readDocument(source: string, stdin: NodeJS.ReadableStream): Promise<Uint8Array> {
  if (source !== '-') {
    return readFile(source).catch((cause: unknown) => {
      throw new ZxpError('usage', `${source} cannot be read`, {
        cause,
        hint: 'name a URL, a file, or - for standard input',
      });
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
