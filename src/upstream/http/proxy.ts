import { ZxpError } from '../../model/errors.js';
import type { ProxySpec, SecretSource } from '../../model/module.js';
import { Secret } from '../../model/secret.js';
import { parseUrl } from '../../model/url.js';
import { toBasic } from '../../net/basic.js';
import { parseNoProxy } from './no-proxy.js';

/** A server that requests go through. */
export interface HttpProxy {
  /** Without user and password. */
  readonly url: URL;
  /** The value of Proxy-Authorization, from the user and password of the URL. */
  readonly authorization: Secret | undefined;
  /** Sent with CONNECT alone. */
  readonly connectHeaders: readonly (readonly [name: string, value: SecretSource])[];
}

/** The proxy for a URL; undefined where it is requested without one. */
export type ProxyFinder = (url: URL) => HttpProxy | undefined;

/**
 * Decides as prometheus/common does: `proxy_url` is for everything, but for what `no_proxy` names where that is there;
 * from the environment HTTPS_PROXY is for https and HTTP_PROXY for http, less NO_PROXY, in capitals or not. Throws
 * `config` for a variable that names no http or https proxy.
 */
export function createProxyFinder(
  spec: ProxySpec | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ProxyFinder {
  if (spec === undefined) return () => undefined;
  if (spec.url === 'environment') return createFinderFromEnvironment(environment, spec.connectHeaders);
  const proxy = toProxy(spec.url, spec.connectHeaders);
  if (spec.noProxy === '') return () => proxy;
  const isBypassed = parseNoProxy(spec.noProxy);
  return (url) => (isBypassed(url) ? undefined : proxy);
}

function createFinderFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  connectHeaders: HttpProxy['connectHeaders'],
): ProxyFinder {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || '';
  const parse = (name: string) => {
    const url = parseVariable(name, read(name));
    return url === undefined ? undefined : toProxy(url, connectHeaders);
  };
  const forHttp = parse('HTTP_PROXY');
  const forHttps = parse('HTTPS_PROXY');
  const isBypassed = parseNoProxy(read('NO_PROXY'));
  return (url) => (isBypassed(url) ? undefined : url.protocol === 'https:' ? forHttps : forHttp);
}

/** A URL, or a host with a port. */
function parseVariable(name: string, value: string): URL | undefined {
  if (value === '') return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = parseUrl(text);
  if (!/^https?:\/\//i.test(text) || url === undefined) {
    throw new ZxpError('config', `the variable ${name} does not name an http or https proxy`, {
      hint: `${name}=http://proxy:3128`,
    });
  }
  return url;
}

function toProxy(url: URL, connectHeaders: HttpProxy['connectHeaders']): HttpProxy {
  const bare = new URL(url.origin);
  if (url.username === '' && url.password === '') return { url: bare, authorization: undefined, connectHeaders };
  const authorization = new Secret(toBasic(decode(url.username), decode(url.password)));
  return { url: bare, authorization, connectHeaders };
}

/** As it is where a `%` in it stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
