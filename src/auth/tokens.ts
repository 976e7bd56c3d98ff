import { createHash, hash, timingSafeEqual } from 'node:crypto';
import type { TokenSpec } from '../model/access-policy.js';
import type { RejectionReason } from '../model/auth-decision.js';
import type { Problem } from '../model/errors.js';
import { parseInstant } from '../model/instant.js';

/** What a file of tokens contains. */
export interface TokenFile {
  readonly tokens: readonly TokenSpec[];
  readonly problems: readonly Problem[];
}

const EXAMPLE_OF_TIME = 'a time with its zone: expires=2027-01-01T00:00:00Z';

/** What a token may consist of (RFC 6750). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads a file with one token per line: `TOKEN` or `sha256:HEX`, then perhaps `name=...` and `expires=...`. Empty lines
 * and those that begin with `#` are skipped. A file without a token is a problem; no problem repeats what may be one.
 */
export function parseTokenFile(path: string, text: string): TokenFile {
  const problems: Problem[] = [];
  const tokens = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line, i) => readLine(line, `${path}:${i + 1}`, problems));
  if (tokens.length === 0 && problems.length === 0) {
    problems.push({ where: path, message: 'has no token', hint: 'one token per line: TOKEN or sha256:HEX' });
  }
  return { tokens, problems };
}

function readLine(line: string, where: string, problems: Problem[]): readonly TokenSpec[] {
  const [first, ...options] = line.trim().split(/[ \t]+/);
  if (first === undefined || first === '' || first.startsWith('#')) return [];
  const before = problems.length;
  const refuse = (message: string, hint: string) => {
    problems.push({ where, message, hint });
    return undefined;
  };
  const sha256 = readDigest(first, refuse);
  const { name, expires } = readOptions(options, refuse);
  const expiresMs = expires === undefined ? undefined : parseInstant(expires);
  if (expires !== undefined && expiresMs === undefined) refuse('has an expires= that is not a time', EXAMPLE_OF_TIME);
  return sha256 === undefined || problems.length > before ? [] : [{ name, sha256, expiresMs, where }];
}

type Refuse = (message: string, hint: string) => undefined;

function readDigest(text: string, refuse: Refuse): string | undefined {
  const hex = /^sha256:(.*)$/is.exec(text)?.[1];
  if (hex !== undefined) {
    return /^[0-9a-f]{64}$/i.test(hex)
      ? hex.toLowerCase()
      : refuse('has a sha256: that is not 64 hexadecimal digits', "printf %s 'TOKEN' | sha256sum");
  }
  if (!TOKEN.test(text)) {
    return refuse('has a token that no header can carry', 'use letters, digits and -._~+/, with = only at the end');
  }
  return createHash('sha256').update(text).digest('hex');
}

function readOptions(words: readonly string[], refuse: Refuse) {
  const options = new Map<string, string>();
  for (const word of words) {
    const [, key = '', value = ''] = /^(name|expires)=(.+)$/s.exec(word) ?? [];
    if (key === '') refuse('has more than a token, a name=... and an expires=...', 'one token per line');
    else if (options.has(key)) refuse(`has a duplicate ${key}=`, 'keep one');
    else options.set(key, value);
  }
  const name = options.get('name');
  return { name: name === undefined ? undefined : detach(name), expires: options.get('expires') };
}

/** A copy: what is cut out of a text can keep all of it in memory, and here that has tokens in it. */
function detach(text: string): string {
  return Buffer.from(text).toString();
}

/** Why a token is rejected; undefined where it is valid. */
export type TokenCheck = (token: string) => RejectionReason | undefined;

/** Compares digests, in constant time and with every one of the tokens, whichever it is. `now` is Unix milliseconds. */
export function createTokenCheck(tokens: readonly TokenSpec[], now: () => number): TokenCheck {
  const candidates = tokens.map(({ sha256, expiresMs = Number.POSITIVE_INFINITY }) => ({
    digest: Buffer.from(sha256, 'hex'),
    expiresMs,
  }));
  return (token) => {
    const presented = digestToken(token);
    let expiresMs: number | undefined;
    for (const candidate of candidates) {
      if (timingSafeEqual(presented, candidate.digest)) expiresMs = Math.max(expiresMs ?? 0, candidate.expiresMs);
    }
    if (expiresMs === undefined) return 'wrong_credential';
    return expiresMs > now() ? undefined : 'expired_token';
  };
}

function digestToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
