import type { AuthMode } from '../model/access-policy.js';
import { formatListenAddress, type ListenAddress, type TcpAddress } from '../model/listen-address.js';
import type { LogLevel } from '../model/ports.js';
import { parseUrl } from '../model/url.js';
import { toFile, toSocket } from '../net/local-url.js';

/** What a value must look like, and how to read it. `read` gives undefined for anything else. */
export interface ValueKind<T> {
  /** For "must be ...": `a duration such as 10s or 1m30s`. */
  readonly expected: string;
  /** Whether a message may repeat what was found in its place: never where that may be a secret. */
  readonly isPublic?: boolean;
  /** The words that are allowed, where there are few: for hints and for shell completion. */
  readonly words?: readonly string[];
  /** Completes as a file name. */
  readonly isPath?: boolean;
  /** `value` is the text of a flag or an environment variable, or what YAML made of the file's. */
  read(value: unknown): T | undefined;
  /** A value as a file has it, where that is not the value itself. */
  format?(value: T): string | number | boolean;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** What a timer can count: one set to more would be over at once. */
const MAX_DURATION_MS = 24 * 86_400_000;

/**
 * Prometheus' durations: `1m30s`, `500ms`; units once each, from large to small. `0` is zero. Gives milliseconds, 24
 * days of them at most.
 */
export const duration: ValueKind<number> = {
  format: formatDuration,
  isPublic: true,
  expected: 'a duration such as 500ms, 10s or 1m30s, up to 24d',
  read: (value) =>
    typeof value === 'string' || value === 0 ? atMost(parseDuration(String(value)), MAX_DURATION_MS) : undefined,
};

/** `1m30s` for 90000: what `duration` reads as the same time. */
function formatDuration(value: number): string {
  let rest = value;
  const parts = ['d', 'h', 'm', 's'].map((unit) => {
    const size = UNIT_MS[unit] ?? 1;
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    return whole === 0 ? '' : `${whole}${unit}`;
  });
  const text = parts.join('');
  return rest > 0 || text === '' ? `${text}${rest}ms` : text;
}

function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null || text === '') return undefined;
  const units = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];
  return units.reduce((total, unit, i) => total + Number(match[i + 1] ?? 0) * (UNIT_MS[unit] ?? 0), 0);
}

/** A duration of more than nothing. */
export const positiveDuration: ValueKind<number> = {
  format: formatDuration,
  isPublic: true,
  expected: 'a duration above zero such as 500ms, 10s or 1m30s, up to 24d',
  read: (value) => atLeast(duration.read(value), 1),
};

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A number of bytes, or one with a unit: `64MiB`. */
export const byteSize: ValueKind<number> = {
  format: (value) => {
    const unit = ['GiB', 'MiB', 'KiB'].find((name) => value % (UNIT_BYTES[name] ?? 1) === 0);
    return unit === undefined ? value : `${value / (UNIT_BYTES[unit] ?? 1)}${unit}`;
  },
  isPublic: true,
  expected: 'a size such as 64MiB, 500KB or a number of bytes',
  read: (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    const match = /^(\d+(?:\.\d+)?)\s*([kKMG]i?B|B)?$/.exec(String(value));
    const bytes = Number(match?.[1]) * (UNIT_BYTES[match?.[2] ?? 'B'] ?? Number.NaN);
    return atLeast(Number.isSafeInteger(Math.floor(bytes)) ? Math.floor(bytes) : undefined, 1);
  },
};

/** A whole number of at least 1. */
export const count: ValueKind<number> = {
  isPublic: true,
  expected: 'a whole number of at least 1',
  read: (value) => {
    if (typeof value === 'string' && !/^\d{1,15}$/.test(value)) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    const number = Number(value);
    return Number.isSafeInteger(number) ? atLeast(number, 1) : undefined;
  },
};

function atLeast(value: number | undefined, least: number): number | undefined {
  return value !== undefined && value >= least ? value : undefined;
}

function atMost(value: number | undefined, most: number): number | undefined {
  return value !== undefined && value <= most ? value : undefined;
}

export const flag: ValueKind<boolean> = {
  isPublic: true,
  expected: 'true or false',
  words: ['true', 'false'],
  read: (value) => {
    if (value === true || value === 'true') return true;
    return value === false || value === 'false' ? false : undefined;
  },
};

export const text: ValueKind<string> = {
  expected: 'text',
  read: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
};

export const filePath: ValueKind<string> = { ...text, expected: 'the path of a file', isPath: true };

/** The path of a URL; it begins with a slash and has no query. */
export const urlPath: ValueKind<string> = {
  isPublic: true,
  expected: 'a path that begins with / and has no ? or #',
  read: (value) => (typeof value === 'string' && /^\/[^?#\s]*$/.test(value) ? value : undefined),
};

/**
 * `http` or `https`, a host, no user, query or fragment: what an upstream is named by. An `@` is refused wherever it
 * is: what stands before it may be a password with a slash in it.
 */
export const upstreamUrl: ValueKind<URL> = {
  expected: 'an http or https URL such as http://registry:8080, without user, query or fragment',
  read: (value) => {
    if (typeof value !== 'string' || !/^https?:\/\/[^/?#@\s\\][^?#@\s\\]*$/i.test(value)) return undefined;
    return parseUrl(value);
  },
};

/** A file or a socket of this machine: `file:///var/lib/x.json`, `unix:///run/x.sock:/metrics`. */
export const localUrl: ValueKind<URL> = {
  expected: 'a URL such as file:///var/lib/x.json or unix:///run/x.sock:/metrics',
  read: (value) => {
    if (typeof value !== 'string' || !/^(file|unix):\/\/\/[^#\s\\]*$/i.test(value)) return undefined;
    const url = parseUrl(value);
    if (url === undefined) return undefined;
    const isFile = toFile(url) !== undefined && !url.pathname.endsWith('/');
    return isFile || toSocket(url) !== undefined ? url : undefined;
  },
};

/** What zxp may be put in front of: a server, or by `unix` or `file` something of this machine's. */
export const upstreamPlace: ValueKind<URL> = {
  format: ({ href }) => href,
  expected: upstreamUrl.expected,
  read: (value) => {
    const hasQuery = typeof value === 'string' && value.includes('?');
    return upstreamUrl.read(value) ?? (hasQuery ? undefined : localUrl.read(value));
  },
};

/** `:8081`, `127.0.0.1:8081`, `[::1]:8081`, `localhost:0`. */
export const listenAddress: ValueKind<TcpAddress> = {
  format: formatListenAddress,
  isPublic: true,
  expected: 'an address such as :8081, 127.0.0.1:8081 or [::1]:8081',
  read: (value) => {
    const match =
      typeof value === 'string' ? /^(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(value) : null;
    const port = Number(match?.[3]);
    if (match === null || port > 65_535) return undefined;
    const host = match[1] ?? match[2];
    return { host: host === '' ? undefined : host, port };
  },
};

/** The same, or `unix:/run/zxp.sock`. */
export const webListenAddress: ValueKind<ListenAddress> = {
  format: formatListenAddress,
  isPublic: true,
  expected: 'an address such as :8081, 127.0.0.1:8081, [::1]:8081 or unix:/run/zxp.sock',
  read: (value) => {
    const socketPath = typeof value === 'string' ? /^unix:(?:\/\/)?(\/[^\0?#]*[^\0?#/])$/.exec(value)?.[1] : undefined;
    return socketPath === undefined ? listenAddress.read(value) : { socketPath };
  },
};

/** Where clients reach zxp, as through a reverse proxy: scheme, host, perhaps port and path. */
export const externalUrl: ValueKind<URL> = {
  format: ({ href }) => href,
  expected: 'a URL such as https://monitoring.example/zxp',
  read: (value) => {
    if (typeof value !== 'string' || !/^https?:\/\//i.test(value)) return undefined;
    const url = parseUrl(value);
    if (url === undefined) return undefined;
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
    url.pathname = toPrefix(url);
    return url;
  },
};

/** The path of a URL as a prefix: empty for the root, without a slash at its end. */
export function toPrefix({ pathname }: Pick<URL, 'pathname'>): string {
  return pathname.replace(/^\/+$|(?<=[^/])\/$/, '');
}

/** `/zxp`, `zxp/` or `/` for none; read as `/zxp` or empty. */
export const routePrefix: ValueKind<string> = {
  format: (value) => (value === '' ? '/' : value),
  isPublic: true,
  expected: 'a path such as /zxp',
  read: (value) => {
    if (typeof value !== 'string' || value === '') return undefined;
    const path = `/${value.replace(/^\//, '').replace(/\/$/, '')}`;
    if (path === '/') return '';
    return /^(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+$/.test(path) ? path : undefined;
  },
};

export function oneOf<const W extends string>(words: readonly W[]): ValueKind<W> {
  return {
    isPublic: true,
    expected: `one of ${words.join(', ')}`,
    words,
    read: (value) => words.find((word) => word === value),
  };
}

export const authMode: ValueKind<AuthMode> = oneOf(['none', 'basic', 'bearer', 'mtls']);
export const logLevel: ValueKind<LogLevel> = oneOf(['error', 'warn', 'info', 'debug']);
export const logFormat = oneOf(['logfmt', 'json']);
export type LogFormat = 'logfmt' | 'json';
