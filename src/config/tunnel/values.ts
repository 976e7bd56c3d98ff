import type { Endpoint } from '../../model/tunnel.js';
import type { Section } from '../section.js';
import type { ValueKind } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';

/** `proxy.example:50051`, `192.0.2.7:50051`, `[2001:db8::7]:50051`. */
export const endpoint: ValueKind<Endpoint> = {
  expected: 'a host and port such as proxy.example:50051 or [2001:db8::7]:50051',
  read: (value) => {
    const match =
      typeof value === 'string'
        ? /^(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^\s:/?#@[\]]{1,253})):(\d{1,5})$/.exec(value)
        : null;
    const port = Number(match?.[3]);
    const host = match?.[1] ?? match?.[2];
    return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
  },
};

/** Why a path of a tunnel cannot be served; undefined where it can. It has no slash in front any more. */
export function findPathProblem(path: string): { readonly message: string; readonly hint?: string } | undefined {
  if (path === '') return { message: 'is empty', hint: 'a path such as app_metrics' };
  if (path.includes('/')) {
    return { message: 'has more than one segment', hint: 'a path is one segment without a slash in it' };
  }
  if (path === '-') return { message: 'is reserved: zxp serves its own pages below /-/' };
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return { message: `is longer than ${MAX_PATH_BYTES} bytes` };
  // The proxy looks a path up as it stands in the request line, and never decodes it.
  if (!/^[\w.~!$&'()*+,;=:@%-]+$/.test(path)) {
    return { message: 'has a character that no URL can have there', hint: 'letters, digits, _, - and .' };
  }
  return undefined;
}

const MAX_PATH_BYTES = 1024;

/** A path without the slash that may stand in front of it. */
export function stripSlash(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

/** An element of a list, as one of the kinds of the settings. */
export function readScalar<T>(section: Section, cursor: YamlCursor, kind: ValueKind<T>): T | undefined {
  const value = kind.read(cursor.text);
  if (value !== undefined) return value;
  return section.refuse(cursor, `must be ${kind.expected}`);
}
