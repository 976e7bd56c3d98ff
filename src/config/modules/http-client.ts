import type { CredentialSpec, HttpClientSpec } from '../../model/module.js';
import type { Section } from '../section.js';
import { readAuthorization, readBasicAuth, readBearer } from './credentials.js';
import { readHeaders } from './http-headers.js';
import { readOauth2 } from './oauth2.js';
import { readProxy } from './proxy.js';
import { noTls, readTls } from './tls.js';

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
  const spec = readHttpClientKeys(section);
  section.finish();
  return spec;
}

/** The same keys in a map that may have more of them; the caller finishes the section. */
export function readHttpClientKeys(section: Section): HttpClientSpec {
  // Nothing of a scrape depends on it: HTTP/1.1 is spoken.
  section.flag('enable_http2');
  return {
    credential: readCredential(section),
    tls: readTls(section.section('tls_config')),
    proxy: readProxy(section),
    followRedirects: section.flag('follow_redirects') ?? false,
    headers: readHeaders(section),
  };
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
    section.refuse(section, 'more than one of basic_auth, authorization, bearer_token and oauth2', 'keep one');
  }
  return credentials[0];
}
