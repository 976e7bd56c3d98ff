import type { BasicSpec, CredentialSpec, HttpClientSpec } from '../model/module.js';
import { Secret } from '../model/secret.js';
import { readHeaders } from './client-headers.js';
import { readProxy } from './client-proxy.js';
import { readOauth2 } from './oauth2.js';
import { readSecret } from './secret-source.js';
import type { Section } from './section.js';
import { noTls, readTls } from './tls.js';

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u;

/** What an absent `http_client_config` means. */
export const noHttpClient: HttpClientSpec = {
  credential: undefined,
  tls: noTls,
  proxy: undefined,
  followRedirects: false,
  headers: [],
};

/** `http_client_config` of prometheus/common, with its rules. Redirects are followed only where it says so. */
export function readHttpClient(section: Section): HttpClientSpec {
  // Nothing of a scrape depends on it: HTTP/1.1 is spoken.
  section.flag('enable_http2');
  const spec = {
    credential: readCredential(section),
    tls: readTls(section.section('tls_config')),
    proxy: readProxy(section),
    followRedirects: section.flag('follow_redirects') ?? false,
    headers: readHeaders(section),
  };
  section.finish();
  return spec;
}

function readCredential(section: Section): CredentialSpec | undefined {
  const basic = readBasicAuth(section);
  const found = [
    basic && { kind: 'basic' as const, ...basic },
    readAuthorization(section),
    readBearer(section),
    readOauth2(section),
  ];
  const credentials = found.filter((each) => each !== undefined);
  if (credentials.length > 1) {
    section.refuse(section, 'has more than one of basic_auth, authorization, bearer_token and oauth2', 'keep one');
  }
  return credentials[0];
}

/** `basic_auth` of prometheus/common: a user without a password, and a password without a user, are allowed. */
export function readBasicAuth(section: Section): BasicSpec | undefined {
  const inner = section.section('basic_auth');
  if (inner === undefined) return undefined;
  const username = readSecret(inner, 'username') ?? { inline: new Secret('') };
  const password = readSecret(inner, 'password');
  inner.finish();
  return { username, password };
}

/** Without credentials the scheme is sent alone, as prometheus/common does. */
function readAuthorization(section: Section): CredentialSpec | undefined {
  const inner = section.section('authorization');
  if (inner === undefined) return undefined;
  const scheme = inner.text('type')?.trim() || 'Bearer';
  if (scheme.toLowerCase() === 'basic') inner.refuse(inner, 'cannot have the type basic', 'use basic_auth');
  if (!HEADER_VALUE.test(scheme)) inner.refuse(inner, 'has a type with a line break or a control character');
  const credentials = readSecret(inner, 'credentials') ?? { inline: new Secret('') };
  inner.finish();
  return { kind: 'authorization', scheme, credentials };
}

function readBearer(section: Section): CredentialSpec | undefined {
  const credentials = readSecret(section, 'bearer_token');
  return credentials === undefined ? undefined : { kind: 'authorization', scheme: 'Bearer', credentials };
}
