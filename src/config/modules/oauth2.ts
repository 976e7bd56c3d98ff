import type { AssertionSpec, Oauth2Spec } from '../../model/module.js';
import { readSecret } from '../secret-source.js';
import { readText, type Section } from '../section.js';
import { oneOf, type ValueKind } from '../values.js';
import type { YamlCursor } from '../yaml-cursor.js';
import { httpUrl, readProxy } from './proxy.js';
import { readTls } from './tls.js';

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const grantType = oneOf(['client_credentials', JWT_GRANT]);
const algorithm = oneOf(['RS256', 'RS384', 'RS512']);

/** `oauth2` of prometheus/common, with its rules. */
export function readOauth2(section: Section): Oauth2Spec | undefined {
  const inner = section.section('oauth2');
  if (inner === undefined) return undefined;
  const clientId = inner.text('client_id') ?? '';
  const clientSecret = readSecret(inner, 'client_secret');
  const tokenUrl = inner.read('token_url', tokenEndpoint);
  const assertion = readAssertion(inner, clientId);
  if (assertion !== undefined && clientSecret !== undefined) {
    inner.warn(
      inner.placeOf('client_secret'),
      'has no effect with this grant_type',
      'client_certificate_key signs instead',
    );
  }
  const scopes = inner.list('scopes').flatMap((cursor) => readText(cursor, section.reading) ?? []);
  const endpointParams = readEndpointParams(inner, scopes.length > 0);
  const tls = readTls(inner.section('tls_config'));
  const proxy = readProxy(inner);
  if (clientId === '') inner.needs('client_id', { hint: 'client_id: zxp' });
  if (inner.take('token_url') === undefined)
    inner.needs('token_url', { hint: 'token_url: https://auth.example/token' });
  inner.finish();
  if (tokenUrl === undefined || clientId === '') return undefined;
  return { kind: 'oauth2', clientId, clientSecret, assertion, tokenUrl, scopes, endpointParams, tls, proxy };
}

/** The claims of a JWT that requests a token (RFC 7523, 2.1); undefined for the client credentials grant. */
function readAssertion(section: Section, clientId: string): AssertionSpec | undefined {
  const grant = section.read('grant_type', grantType);
  const key = readSecret(section, 'client_certificate_key');
  const spec = {
    keyId: section.text('client_certificate_key_id') || undefined,
    algorithm: section.read('signature_algorithm', algorithm) ?? 'RS256',
    issuer: section.text('iss') || clientId,
    audience: section.text('audience') || section.text('token_url') || '',
    claims: readClaims(section),
  };
  if (key !== undefined && 'inline' in key && !key.inline.reveal().includes('-----BEGIN ')) {
    section.refuse(
      section.placeOf('client_certificate_key'),
      'not a key in PEM form',
      'the path of a file goes into client_certificate_key_file',
    );
  }
  if (grant !== JWT_GRANT) {
    if (key !== undefined)
      section.refuse(section, 'client_certificate_key needs its grant_type', `grant_type: ${JWT_GRANT}`);
    return undefined;
  }
  return key === undefined
    ? section.refuse(section, 'needs a client_certificate_key for its grant_type')
    : { key, ...spec };
}

function readClaims(section: Section): Readonly<Record<string, unknown>> {
  const entries = section.section('claims')?.entries() ?? [];
  return Object.fromEntries(entries.map(({ key, cursor }) => [key, toJson(cursor)]));
}

function toJson(cursor: YamlCursor): unknown {
  if (cursor.fields !== undefined)
    return Object.fromEntries(cursor.fields.map((field) => [field.key, toJson(field.cursor)]));
  return cursor.items === undefined ? cursor.value : cursor.items.map(toJson);
}

/** They may replace grant_type, as in Go's oauth2 library, and no other parameter that is set already. */
function readEndpointParams(section: Section, hasScopes: boolean): readonly (readonly [string, string])[] {
  return (section.section('endpoint_params')?.entries() ?? []).flatMap(({ key, cursor }) => {
    if (key === 'scope' && hasScopes) section.refuse(cursor, 'cannot be combined with scopes', 'keep one');
    const text = readText(cursor, section.reading);
    return text === undefined ? [] : [[key, text] as const];
  });
}

const tokenEndpoint: ValueKind<URL> = {
  expected: 'an http or https URL without a user',
  read: (value) => {
    const url = httpUrl.read(value);
    return url?.username === '' && url.password === '' ? url : undefined;
  },
};
