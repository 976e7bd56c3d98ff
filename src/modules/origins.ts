import type { Configuration } from '../config/load.js';
import type { ModuleSpec } from '../model/module.js';
import { parseUrl } from '../model/url.js';
import { nameOrigin } from '../net/local-url.js';

/** Origins, as `nameOrigin` has them, of what the configuration itself has a module ask: its named targets, and the upstream. */
export function listOwnOrigins(spec: ModuleSpec, { targets, upstream, module }: Configuration): readonly string[] {
  const named = targets.filter((target) => target.module === spec.name).map((target) => nameOrigin(target.url));
  return upstream.url !== undefined && module === spec.name ? [...named, nameOrigin(upstream.url)] : named;
}

/** Whether the configuration, or `allow` of the module, names the origin of a URL. */
export function mayAsk(url: URL, spec: ModuleSpec, configuration: Configuration): boolean {
  if (listOwnOrigins(spec, configuration).includes(nameOrigin(url))) return true;
  return spec.allow?.some((pattern) => matchesOrigin(url, pattern)) === true;
}

/** An exact origin, or `https://*.example` for every name below it. The default port may be said or not. */
export function matchesOrigin(url: URL, pattern: string): boolean {
  const wildcard = /^(https?:)\/\/\*\.([^:/]+)(?::(\d+))?$/i.exec(pattern);
  if (wildcard === null) return parseUrl(pattern)?.origin === url.origin;
  const [, protocol = '', domain = '', port = ''] = wildcard;
  const base = new URL(`${protocol}//${domain}${port === '' ? '' : `:${port}`}`);
  const below = `.${base.hostname}`;
  const isBelow = url.hostname.endsWith(below) && url.hostname !== below;
  return url.protocol === base.protocol && url.port === base.port && isBelow;
}

/** A socket or a file itself, or a folder, with a slash at its end, for every file below it. No origin of the web. */
export function matchesLocal(url: URL, pattern: string): boolean {
  const allowed = parseUrl(pattern);
  if (allowed === undefined || !/^(file|unix):/.test(url.protocol)) return false;
  if (nameOrigin(allowed) === nameOrigin(url)) return true;
  return allowed.protocol === 'file:' && allowed.href.endsWith('/') && url.href.startsWith(allowed.href);
}
