import { basename } from 'node:path';
import { inferMapping } from '../infer/infer.js';
import { ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import { maskUrl } from '../net/masking.js';
import type { DocumentReader } from '../scrape/collector.js';
import { decodeJson } from '../translate/document/decode.js';
import { joinLines } from '../translate/document/ndjson.js';
import type { ScrapeSource, SourceOptions } from './scrape-source.js';

/** The mapping that is proposed for the document of a source: the YAML of a whole file. */
export async function inferSource(
  opened: ScrapeSource,
  options: Pick<SourceOptions, 'source' | 'headers'> & { readonly name: string | undefined },
): Promise<string> {
  const { headers, source } = options;
  const { document, format } = await opened.read(readAny);
  const isRequested = opened.url.href !== 'file:///';
  return inferMapping(document, {
    name: options.name ?? nameModule(source, isRequested ? opened.url : undefined),
    source: isRequested ? maskUrl(opened.url).replace(/[?#].*$/s, '') : basename(opened.name),
    url: isRequested ? opened.url.href : undefined,
    headers: headers.map(([name]) => name).filter((name) => name !== 'authorization'),
    format,
  });
}

interface AnyDocument {
  readonly document: unknown;
  readonly format: 'json' | 'ndjson';
}

/** JSON or, where it is none as a whole, JSON on each of several lines. */
const readAny: DocumentReader<AnyDocument> = function* (body, { limits }) {
  yield;
  return readJson(body, limits);
};

function readJson(body: Uint8Array, limits: ScrapeLimits): AnyDocument {
  try {
    return { document: decodeJson(body, limits), format: 'json' };
  } catch (thrown) {
    const lines = thrown instanceof ZxpError && thrown.code === 'decode' ? readLines(body, limits) : undefined;
    if (lines === undefined) throw thrown;
    return { document: lines, format: 'ndjson' };
  }
}

/** Undefined unless there are at least two documents. */
function readLines(body: Uint8Array, limits: ScrapeLimits): unknown {
  try {
    const document = decodeJson(joinLines(body), limits);
    return Array.isArray(document) && document.length > 1 ? document : undefined;
  } catch {
    return undefined;
  }
}

const MODULE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/;
/** Those that zxp has itself. */
const BUILT_IN = /^(zot|flatten)$/i;

/** Why a name cannot be that of a module; undefined where it can. */
export function findNameProblem(name: string): string | undefined {
  if (!MODULE_NAME.test(name)) return 'must be at most 63 letters, digits, _, - and ., with a letter or _ first';
  return BUILT_IN.test(name) ? `${name} is a built-in module: choose another name` : undefined;
}

/** A name after the file or the host. */
function nameModule(source: string, url: URL | undefined): string {
  const wanted =
    url === undefined
      ? source === '-'
        ? ''
        : basename(source).replace(/\.(json|ndjson|jsonl|txt)$/i, '')
      : nameHost(source, url);
  const name = wanted
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z_]+|-+$/g, '')
    .slice(0, 63);
  if (name === '') return 'document';
  return BUILT_IN.test(name) ? `${name}-api` : name;
}

/** `api.stock.example` gives stock; an address gives no name, a configured target its own. */
function nameHost(source: string, { hostname, protocol, pathname }: URL): string {
  if (!source.includes('://')) return source;
  if (!/^https?:$/.test(protocol)) return basename(pathname).replace(/\.\w+$/, '');
  if (/^[\d.]+$|^\[/.test(hostname)) return 'api';
  const labels = hostname.split('.');
  const own = labels.length > 2 ? labels.filter((label, i) => i > 0 || !/^(www|api|rest)$/.test(label)) : labels;
  return own[0] ?? '';
}
