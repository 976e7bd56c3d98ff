import { joinBytes } from '../../model/bytes.js';
import { ZxpError } from '../../model/errors.js';
import { isToken } from '../../model/header-syntax.js';
import { isRedirect, isSuccess } from '../../model/status-code.js';
import { readHeader } from '../http/response-headers.js';
import type { HttpResponse } from '../http/send-request.js';
import { type FetchedToken, readLifetimeMs } from './token-cache.js';

/** The refusals that RFC 6749 knows (4.1.2.1, 5.2): any other text may be what was sent, come back. */
const KNOWN_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
]);

const TOKEN_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Reads the reply of a token endpoint (RFC 6749, 5.1 and 5.2), JSON or a form, as some send it, as a value of
 * `Authorization`. Throws `unauthorized` where it refuses, `redirect` or `status` for other statuses, `decode` and
 * `schema` for what is no token. No message repeats the reply.
 */
export function readTokenReply({ statusCode, headers, body }: HttpResponse): FetchedToken {
  const fields = parseFields(joinBytes(body ?? new Uint8Array()), readHeader(headers, 'content-type') ?? '');
  const isRefusal =
    fields?.get('error') !== undefined || statusCode === 400 || statusCode === 401 || statusCode === 403;
  if (isRefusal) throw refused(statusCode, fields?.get('error'));
  if (isRedirect(statusCode)) throw new ZxpError('redirect', `the token endpoint answered ${statusCode}`);
  if (!isSuccess(statusCode)) throw new ZxpError('status', `the token endpoint answered ${statusCode}`);
  if (fields === undefined) throw new ZxpError('decode', 'the token endpoint answered with neither JSON nor a form');
  return toToken(fields);
}

function refused(statusCode: number, error: unknown): ZxpError {
  const word = typeof error === 'string' && KNOWN_ERRORS.has(error) ? error : 'an error of its own';
  const what = error === undefined ? String(statusCode) : `${statusCode}, ${word}`;
  return new ZxpError('unauthorized', `the token endpoint refused the client (${what})`, {
    hint: 'check client_id, client_secret, scopes and endpoint_params of oauth2',
  });
}

function toToken(fields: ReadonlyMap<string, unknown>): FetchedToken {
  const token = fields.get('access_token');
  const type = fields.get('token_type') ?? '';
  if (typeof token !== 'string' || token === '') {
    throw new ZxpError('schema', 'the token endpoint answered without an access_token');
  }
  if (!isToken(token) || (type !== '' && (typeof type !== 'string' || !TOKEN_TYPE.test(type)))) {
    throw new ZxpError('schema', 'the token endpoint answered with a token that no header can carry');
  }
  return { value: `${toScheme(type)} ${token}`, lifetimeMs: readLifetimeMs(fields.get('expires_in')) };
}

/** Bearer however it is written, or whatever else the type is. */
function toScheme(type: string): string {
  return type === '' || type.toLowerCase() === 'bearer' ? 'Bearer' : type;
}

function parseFields(body: Uint8Array, contentType: string): ReadonlyMap<string, unknown> | undefined {
  const text = Buffer.from(body).toString('utf8');
  const isText = /^\s*(application\/x-www-form-urlencoded|text\/plain)\s*(;|$)/i.test(contentType);
  if (isText && !text.trimStart().startsWith('{')) return new Map(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
