import { basename } from 'node:path';
import { readAnyDocument } from '../infer/any-document.js';
import { inferMapping } from '../infer/infer.js';
import { BUILT_IN } from '../infer/module-name.js';
import { isSecretName } from '../model/secret.js';
import { maskUrl } from '../net/masking.js';
import type { ScrapeSource, SourceOptions } from './scrape-source.js';

export { findNameProblem } from '../infer/module-name.js';

/** The mapping that is proposed for the document of a source: the YAML of a whole file. */
export async function inferSource(
  opened: ScrapeSource,
  options: Pick<SourceOptions, 'source' | 'headers'> & { readonly name: string | undefined },
): Promise<string> {
  const { headers, source } = options;
  const { document, format } = await opened.read(({ body, limits }) => readAnyDocument(body, limits));
  const isRequested = opened.url.href !== 'file:///';
  const { url, secretParams } = withoutSecrets(opened.url);
  return inferMapping(document, {
    name: options.name ?? nameModule(source, isRequested ? opened.url : undefined),
    source: isRequested ? maskUrl(opened.url).replace(/[?#].*$/s, '') : basename(opened.name),
    url: isRequested ? url.href : undefined,
    secretParams,
    headers: headers.map(([name]) => name).filter((name) => name !== 'authorization'),
    format,
  });
}

/** The URL without parameters that have telling names, whose others stay as they are written, and the names of those. */
function withoutSecrets(from: URL): { readonly url: URL; readonly secretParams: readonly string[] } {
  const url = new URL(from);
  const nameOf = (pair: string) => new URLSearchParams(pair).keys().next().value ?? '';
  const pairs = url.search.slice(1).split('&');
  const secret = pairs.filter((pair) => isSecretName(nameOf(pair)));
  if (secret.length > 0) url.search = pairs.filter((pair) => !secret.includes(pair)).join('&');
  return { url, secretParams: [...new Set(secret.map(nameOf))] };
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
