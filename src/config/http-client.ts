import { resolve } from 'node:path';
import type { CredentialSpec, HttpClientSpec, ProxySpec, SecretSource, TlsSpec } from '../model/module.js';
import { Secret } from '../model/secret.js';
import { readSecret, toSecret } from './secret-source.js';
import { readText, type Section } from './section.js';
import { tlsVersion } from './tls-version.js';
import type { ValueKind } from './values.js';
import type { YamlCursor } from './yaml-cursor.js';

/** Headers that prometheus/common does not let a configuration set (`http_headers`, reservedHeaders there). */
const RESERVED_HEADERS = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u;

export const noTls: TlsSpec = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  minVersion: undefined,
  maxVersion: undefined,
  insecureSkipVerify: false,
};

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
  const found = [readBasic(section), readAuthorization(section), readBearer(section), readOauth2(section)];
  const credentials = found.filter((each) => each !== undefined);
  if (credentials.length > 1) {
    section.refuse(section, 'has more than one of basic_auth, authorization, bearer_token and oauth2', 'keep one');
  }
  return credentials[0];
}

function readBasic(section: Section): CredentialSpec | undefined {
  const inner = section.section('basic_auth');
  if (inner === undefined) return undefined;
  const username = readSecret(inner, 'username') ?? { inline: new Secret('') };
  const password = readSecret(inner, 'password');
  inner.finish();
  return { kind: 'basic', username, password };
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

function readOauth2(section: Section): CredentialSpec | undefined {
  const inner = section.section('oauth2');
  if (inner === undefined) return undefined;
  const clientId = inner.text('client_id') ?? '';
  const clientSecret = readSecret(inner, 'client_secret');
  const tokenUrl = inner.read('token_url', tokenEndpoint);
  const scopes = inner.list('scopes').flatMap((cursor) => readText(cursor, section.reading) ?? []);
  const endpointParams = readEndpointParams(inner, scopes.length > 0);
  const tls = readTls(inner.section('tls_config'));
  refuseProxyOfTokens(inner);
  inner.finish();
  if (clientId === '') return inner.refuse(inner, 'needs a client_id');
  if (tokenUrl === undefined) return inner.refuse(inner, 'needs a token_url');
  return { kind: 'oauth2', clientId, clientSecret, tokenUrl, scopes, endpointParams, tls };
}

/** They may set grant_type anew, as in Go's oauth2 library, and no other parameter that is there already. */
function readEndpointParams(section: Section, hasScopes: boolean): readonly (readonly [string, string])[] {
  return (section.section('endpoint_params')?.entries() ?? []).flatMap(({ key, cursor }) => {
    if (key === 'scope' && hasScopes) section.refuse(cursor, 'is there already as scopes', 'keep one');
    const text = readText(cursor, section.reading);
    return text === undefined ? [] : [[key, text] as const];
  });
}

/** To ask for tokens on another way than the one that is written would be worse than not to start. */
function refuseProxyOfTokens(section: Section): void {
  for (const key of ['proxy_url', 'no_proxy', 'proxy_connect_header', 'proxy_from_environment']) {
    const cursor = section.take(key);
    if (cursor === undefined || cursor.text === '' || cursor.text === 'false') continue;
    section.refuse(cursor, 'is not known to zxp for tokens', 'the token_url is always asked without a proxy');
  }
}

const httpUrl: ValueKind<URL> = {
  expected: 'an http or https URL',
  read: (value) =>
    typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) ? new URL(value) : undefined,
};

const tokenEndpoint: ValueKind<URL> = {
  expected: 'an http or https URL without a user',
  read: (value) => {
    const url = httpUrl.read(value);
    return url?.username === '' && url.password === '' ? url : undefined;
  },
};

function readTls(section: Section | undefined): TlsSpec {
  if (section === undefined) return noTls;
  const spec = {
    ca: readSecret(section, 'ca'),
    cert: readSecret(section, 'cert'),
    key: readSecret(section, 'key'),
    serverName: section.text('server_name') || undefined,
    minVersion: section.read('min_version', tlsVersion),
    maxVersion: section.read('max_version', tlsVersion),
    insecureSkipVerify: section.flag('insecure_skip_verify') ?? false,
  };
  checkTls(section, spec);
  section.finish();
  return spec;
}

function checkTls(section: Section, spec: TlsSpec): void {
  const { ca, minVersion, maxVersion } = spec;
  if ((spec.cert === undefined) !== (spec.key === undefined)) {
    section.refuse(section, 'needs both a certificate and a key');
  }
  if (ca !== undefined && 'inline' in ca && !ca.inline.reveal().includes('-----BEGIN CERTIFICATE-----')) {
    section.refuse(section, 'has a ca that is no PEM certificate', 'the path of a file goes into ca_file');
  }
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
    section.refuse(section, 'has a min_version above its max_version');
  }
  if (spec.insecureSkipVerify) {
    section.warn(
      section,
      'insecure_skip_verify: anybody can pose as the target and take its credentials',
      'give its CA',
    );
  }
}

function readProxy(section: Section): ProxySpec | undefined {
  const url = section.take('proxy_url')?.text === '' ? undefined : section.read('proxy_url', httpUrl);
  const fromEnvironment = section.flag('proxy_from_environment') ?? false;
  const noProxy = section.text('no_proxy') ?? '';
  const connectHeaders = (section.section('proxy_connect_header')?.entries() ?? []).flatMap(({ key, cursor }) =>
    (cursor.items ?? [cursor]).flatMap((item) => readHeaderValue(section, key, item)),
  );
  if (fromEnvironment && (url !== undefined || noProxy !== '')) {
    section.refuse(section, 'has proxy_from_environment beside proxy_url or no_proxy', 'keep one');
  }
  if (url === undefined && noProxy !== '') section.refuse(section, 'has no_proxy without proxy_url');
  if (url === undefined && !fromEnvironment && connectHeaders.length > 0) {
    section.refuse(section, 'has proxy_connect_header without a proxy');
  }
  if (fromEnvironment) return { url: 'environment', noProxy, connectHeaders };
  return url === undefined ? undefined : { url, noProxy, connectHeaders };
}

type SecretHeader = readonly [name: string, value: SecretSource];

function readHeaders(section: Section): readonly SecretHeader[] {
  return (section.section('http_headers')?.entries() ?? []).flatMap(({ key, cursor }) => {
    if (RESERVED_HEADERS.has(key.toLowerCase())) {
      section.refuse(cursor, 'is a header that cannot be set here', 'see basic_auth, authorization, headers');
      return [];
    }
    return readHeaderValues(key, section.section('http_headers')?.section(key));
  });
}

/** `{values: [...], secrets: [...], files: [...]}` of one header. */
function readHeaderValues(name: string, section: Section | undefined): readonly SecretHeader[] {
  if (section === undefined) return [];
  const inline = [...section.list('values'), ...section.list('secrets')].flatMap((cursor) =>
    readHeaderValue(section, name, cursor),
  );
  const files = section.list('files').flatMap((cursor): readonly SecretHeader[] => {
    const path = readText(cursor, section.reading);
    return path === undefined ? [] : [[name, { file: resolve(section.reading.folder, path) }]];
  });
  section.finish();
  return [...inline, ...files];
}

/** One value of a header that stands in the file itself, or in the environment. */
function readHeaderValue(section: Section, name: string, cursor: YamlCursor): readonly SecretHeader[] {
  const value = toSecret(cursor, section.reading);
  const isName = HEADER_NAME.test(name);
  if (!isName) section.refuse(cursor, 'is not under a name of a header');
  else if (value !== undefined && 'inline' in value && !HEADER_VALUE.test(value.inline.reveal())) {
    section.refuse(cursor, 'is not a value of a header', 'take out line breaks and control characters');
  }
  return value === undefined || !isName ? [] : [[name, value]];
}
