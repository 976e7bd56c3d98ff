import { parseUrl } from '../model/url.js';

/** A URL that leads to a Unix socket: the socket, and what is asked over it, as an http URL of localhost. */
export interface SocketUrl {
  readonly socketPath: string;
  readonly http: URL;
}

/**
 * Reads `unix:///run/x.sock:/metrics`: the path of a socket, and behind a colon the path and query of the request, `/`
 * where there is none. A colon in the path of the socket is `%3A`. Undefined for other URLs, and where that is no path.
 */
export function toSocket(url: URL): SocketUrl | undefined {
  if (url.protocol !== 'unix:' || url.host !== '') return undefined;
  const [, socket = '', path = ''] = /^([^:]*):?(.*)$/s.exec(url.pathname) ?? [];
  const socketPath = decodePath(socket);
  if (socketPath === undefined || socketPath.endsWith('/') || (path !== '' && !path.startsWith('/'))) return undefined;
  return { socketPath, http: new URL(`http://localhost${path === '' ? '/' : path}${url.search}`) };
}

/** Reads `file:///var/lib/x.json`; undefined for other URLs, and for those with a host or a query. */
export function toFile(url: URL): string | undefined {
  if (url.protocol !== 'file:' || url.host !== '' || url.search !== '') return undefined;
  return decodePath(url.pathname);
}

/**
 * What credentials and permissions go by: of a web URL its origin, of a socket the socket, of a file the file. Two URLs
 * may be asked with the same credentials if, and only if, this is the same.
 */
export function nameOrigin(url: URL): string {
  const socket = toSocket(url);
  if (socket !== undefined) return `unix:${socket.socketPath}`;
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : url.href;
}

/**
 * A URL or a relative reference as a document or a header of `base` has it (RFC 3986, 5); of a socket's URL the path and
 * query that are requested over it. Undefined for what is neither.
 */
export function resolveReference(reference: string, base: URL): URL | undefined {
  const socket = toSocket(base);
  const from = socket?.http ?? base;
  const url = parseUrl(reference, from);
  if (url === undefined) return undefined;
  url.hash = '';
  const isOfSocket = socket !== undefined && url.origin === socket.http.origin && url.username + url.password === '';
  if (!isOfSocket) return url;
  const [path = ''] = base.pathname.split(':');
  return new URL(`unix://${path}:${url.pathname}${url.search}`);
}

/** Without an encoded slash or a zero byte: neither can be part of a name. */
function decodePath(path: string): string | undefined {
  if (!/^\/[^/]/.test(path) || /%2f|%00/i.test(path)) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
