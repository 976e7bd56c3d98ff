import { createHash, randomBytes } from 'node:crypto';
import { unlessAborted } from '../../async/abort.js';
import { LruMap } from '../../async/lru-map.js';
import { readSecret } from '../../files/secret-file.js';
import { ZxpError } from '../../model/errors.js';
import { isHeaderValue } from '../../model/header-syntax.js';
import type { DigestSpec } from '../../model/module.js';
import { hasAuthorization } from '../http/request-headers.js';
import { readHeader } from '../http/response-headers.js';
import type { HttpResponse } from '../http/send-request.js';
import { parseChallenges } from './challenge.js';
import { type Credential, type CredentialRequest, isRefusal, type SendWith } from './credential.js';

/** Origins whose challenge is remembered. */
const MAX_ORIGINS = 1024;

/** What a server challenged with, and how often its nonce was used. */
interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: keyof typeof ALGORITHMS;
  readonly isSession: boolean;
  readonly hasQop: boolean;
  readonly hashesUser: boolean;
  count: number;
}

/** Names of Node's by those of RFC 7616, the strongest first. */
const ALGORITHMS = { 'SHA-512-256': 'sha512-256', 'SHA-256': 'sha256', MD5: 'md5' } as const;

/** No challenge of a server that is meant has a longer part. */
const MAX_PART_CHARACTERS = 4096;

/**
 * Digest authentication (RFC 7616) with SHA-256, SHA-512/256 and MD5, `qop=auth` or none, and `-sess`. The first request
 * to an origin is made without credentials and made again with them; later ones use the same nonce until the server has
 * another. A caller's own `Authorization` does not go along.
 */
export function createDigest(spec: DigestSpec): Credential {
  const challenges = new LruMap<DigestChallenge>(MAX_ORIGINS);
  return {
    ask: async ({ url, headers, signal, method = 'GET' }, send) => {
      if (hasAuthorization(headers)) return send(headers);
      const [username, password] = await unlessAborted(
        Promise.all([readSecret(spec.username), spec.password === undefined ? '' : readSecret(spec.password)]),
        signal,
      );
      const request = { url, method, headers, username, password };
      const known = challenges.get(url.origin);
      const first = await (known === undefined ? send(headers) : sendDigest(request, known, send));
      const challenge = isRefusal(first) ? findDigestChallenge(first) : undefined;
      if (challenge === undefined || isRejected(first, known)) return first;
      challenges.set(url.origin, challenge);
      return sendDigest(request, challenge, send);
    },
    close: async () => undefined,
  };
}

interface DigestRequest extends Pick<CredentialRequest, 'url' | 'headers'> {
  readonly method: string;
  readonly username: string;
  readonly password: string;
}

/** Whether the credentials themselves were refused: a nonce that is too old says `stale=true`, or is another one. */
function isRejected(response: HttpResponse, sent: DigestChallenge | undefined): boolean {
  if (sent === undefined) return false;
  const again = findDigestChallenge(response);
  return again !== undefined && again.nonce === sent.nonce && !isStale(response);
}

function isStale(response: HttpResponse): boolean {
  return listParams(response).some((params) => params.get('stale')?.toLowerCase() === 'true');
}

function listParams({ headers }: HttpResponse): readonly ReadonlyMap<string, string>[] {
  const challenges = parseChallenges(readHeader(headers, 'www-authenticate') ?? '');
  return challenges.filter(({ scheme }) => scheme === 'digest').map(({ params }) => new Map(params));
}

/** The challenge with the strongest algorithm that is known here. Throws `unauthorized` where there are only others. */
function findDigestChallenge(response: HttpResponse): DigestChallenge | undefined {
  const offered = listParams(response);
  const usable = offered.flatMap((params) => toChallenge(params) ?? []);
  const names = Object.keys(ALGORITHMS);
  const [best] = usable.sort((a, b) => names.indexOf(a.algorithm) - names.indexOf(b.algorithm));
  if (best === undefined && offered.length > 0) {
    throw new ZxpError(
      'unauthorized',
      'the upstream challenges with a Digest algorithm or quality that zxp does not know',
      {
        hint: 'zxp knows SHA-256, SHA-512-256 and MD5, each with -sess, and qop=auth',
        statusCode: response.statusCode,
      },
    );
  }
  return best;
}

function toChallenge(params: ReadonlyMap<string, string>): DigestChallenge | undefined {
  const written = (params.get('algorithm') ?? 'MD5').toUpperCase();
  const isSession = written.endsWith('-SESS');
  const name = isSession ? written.slice(0, -'-SESS'.length) : written;
  const algorithm = (['SHA-512-256', 'SHA-256', 'MD5'] as const).find((each) => each === name);
  const qops = params
    .get('qop')
    ?.split(',')
    .map((each) => each.trim().toLowerCase());
  const { realm, nonce, opaque } = Object.fromEntries(params);
  if (algorithm === undefined || realm === undefined || nonce === undefined) return undefined;
  if (qops !== undefined && !qops.includes('auth')) return undefined;
  if ([realm, nonce, opaque ?? ''].some((each) => each.length > MAX_PART_CHARACTERS || !isHeaderValue(each)))
    return undefined;
  const hashesUser = params.get('userhash')?.toLowerCase() === 'true';
  return { realm, nonce, opaque, algorithm, isSession, hasQop: qops !== undefined, hashesUser, count: 0 };
}

function sendDigest(request: DigestRequest, challenge: DigestChallenge, send: SendWith): Promise<HttpResponse> {
  return send([...request.headers, ['authorization', writeDigest(request, challenge)]]);
}

/** The value of `Authorization` (RFC 7616, 3.4) for one request; counts the use of the nonce. */
function writeDigest({ url, method, username, password }: DigestRequest, challenge: DigestChallenge): string {
  const { realm, nonce, opaque, algorithm, isSession, hasQop, hashesUser } = challenge;
  const hash = (...parts: readonly string[]) => createHash(ALGORITHMS[algorithm]).update(parts.join(':')).digest('hex');
  const uri = `${url.pathname}${url.search}`;
  const cnonce = randomBytes(16).toString('hex');
  challenge.count++;
  const nc = challenge.count.toString(16).padStart(8, '0');
  const secret = hash(username, toUtf8(realm), password);
  const a1 = isSession ? hash(secret, nonce, cnonce) : secret;
  const a2 = hash(method, uri);
  const response = hasQop ? hash(a1, nonce, nc, cnonce, 'auth', a2) : hash(a1, nonce, a2);
  const isAscii = /^[\x20-\x7e]*$/.test(username);
  const fields = [
    hashesUser || isAscii
      ? `username=${quote(hashesUser ? hash(username, toUtf8(realm)) : username)}`
      : `username*=UTF-8''${encodeURIComponent(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `algorithm=${algorithm}${isSession ? '-sess' : ''}`,
    `response="${response}"`,
    ...(hasQop ? ['qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`] : isSession ? [`cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(hashesUser ? ['userhash=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

/** Headers come as latin1; what is hashed is the text that the server meant. */
function toUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
