import type { AuthSpec, HttpClientSpec } from '../../model/module.js';
import type { Section } from '../section.js';
import { readDigestAuth, readRegistryToken } from './credentials.js';
import { readHttpClientKeys } from './http-client.js';
import { readLogin } from './login.js';
import { readAllow } from './origins.js';

/** One entry of `auths`: every key of `http_client_config`, `digest_auth`, `registry_token`, `login`, or `forward`. */
export function readAuthSpec(name: string, section: Section): AuthSpec {
  const forward = section.flag('forward') ?? false;
  const forwardVerified = section.flag('forward_verified') ?? false;
  const spec: AuthSpec = {
    name,
    where: section.where,
    allow: readAllow(section),
    forward,
    forwardVerified,
    httpClient: readOneCredential(section, readHttpClientKeys(section)),
  };
  section.finish();
  checkAuth(section, spec);
  return spec;
}

function checkAuth(section: Section, { forward, forwardVerified, httpClient }: AuthSpec): void {
  const { credential, headers } = httpClient;
  if (forward && (credential !== undefined || headers.length > 0)) {
    section.refuse(section.placeOf('forward'), 'cannot be combined with credentials', 'keep one');
  } else if (!forward && credential === undefined && headers.length === 0) {
    section.refuse(section, 'no credentials', 'basic_auth, bearer_token_file, oauth2, ..., or forward: true');
  }
  if (forwardVerified && !forward) {
    section.refuse(section.placeOf('forward_verified'), 'needs forward: true', 'add it, or remove forward_verified');
  }
}

/** At most one credential: one of `http_client_config`, or one of zxp's own. */
export function readOneCredential(section: Section, client: HttpClientSpec): HttpClientSpec {
  const found = {
    'a credential of http_client_config': client.credential,
    digest_auth: readDigestAuth(section),
    registry_token: readRegistryToken(section),
    login: readLogin(section),
  };
  const named = Object.entries(found).filter(([, credential]) => credential !== undefined);
  if (named.length > 1)
    section.refuse(section, `more than one credential: ${named.map(([name]) => name).join(' and ')}`, 'keep one');
  return { ...client, credential: named[0]?.[1] };
}
