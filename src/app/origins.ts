import type { Configuration } from '../config/load.js';
import type { ModuleSpec } from '../model/module.js';

/** Origins of what the configuration itself has a module ask: its named targets, and the upstream. */
export function listOwnOrigins(spec: ModuleSpec, { targets, upstream, module }: Configuration): readonly string[] {
  const named = targets.filter((target) => target.module === spec.name).map((target) => target.url.origin);
  return upstream.url !== undefined && module === spec.name ? [...named, upstream.url.origin] : named;
}

/** Whether the configuration, or `allow` of the module, names the origin of a URL. */
export function mayAsk(url: URL, spec: ModuleSpec, configuration: Configuration): boolean {
  if (listOwnOrigins(spec, configuration).includes(url.origin)) return true;
  return spec.allow?.some((pattern) => matchesOrigin(url, pattern)) === true;
}

/** An exact origin, or `https://*.example` for every name below it. The default port may be said or not. */
export function matchesOrigin(url: URL, pattern: string): boolean {
  const wildcard = /^(https?:)\/\/\*\.([^:/]+)(?::(\d+))?$/i.exec(pattern);
  if (wildcard === null) return URL.canParse(pattern) && new URL(pattern).origin === url.origin;
  const [, protocol = '', domain = '', port = ''] = wildcard;
  const base = new URL(`${protocol}//${domain}${port === '' ? '' : `:${port}`}`);
  const below = `.${base.hostname}`;
  const isBelow = url.hostname.endsWith(below) && url.hostname !== below;
  return url.protocol === base.protocol && url.port === base.port && isBelow;
}
