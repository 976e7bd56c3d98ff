import {
  count,
  duration,
  either,
  flag,
  type JsonSchema,
  list,
  map,
  named,
  oneOf,
  ref,
  scalar,
  secret,
  url,
} from './json-schema.js';

const TLS_VERSIONS = oneOf(['TLS10', 'TLS11', 'TLS12', 'TLS13']);

const scalars = ref('scalars');

/** `http_client_config` and what it is made of, as prometheus/common has them. */
const httpClientKeys: Readonly<Record<string, JsonSchema>> = {
  basic_auth: map({ ...secret('username'), ...secret('password') }),
  authorization: map({ type: scalar, ...secret('credentials') }),
  ...secret('bearer_token'),
  oauth2: ref('oauth2'),
  tls_config: ref('tls_config'),
  proxy_url: scalar,
  proxy_from_environment: flag,
  no_proxy: scalar,
  proxy_connect_header: scalars,
  follow_redirects: flag,
  enable_http2: flag,
  http_headers: named(map({ values: list(scalar), secrets: list(scalar), files: list(scalar) })),
};

/** Credentials that are zxp's own, at most one of them beside those of `http_client_config`. */
export const ownCredentialKeys: Readonly<Record<string, JsonSchema>> = {
  digest_auth: map({ ...secret('username'), ...secret('password') }),
  registry_token: map({ realms: list(scalar), basic_auth: map({ ...secret('username'), ...secret('password') }) }),
  login: map(
    {
      url: scalar,
      method: oneOf(['GET', 'POST']),
      headers: named(scalar),
      body: scalar,
      ...secret('username'),
      ...secret('password'),
      token: map({ path: scalar, header: scalar, cookie: scalar }),
      send: map({ header: scalar, cookie: scalar, prefix: scalar }),
      ttl: duration,
    },
    ['url', 'token'],
  ),
};

/** Definitions that modules, auths and tunnels share. */
export const credentialDefinitions: Readonly<Record<string, JsonSchema>> = {
  scalars: named(either(scalar, list(scalar))),
  http_client_config: map(httpClientKeys),
  oauth2: map(
    {
      client_id: scalar,
      ...secret('client_secret'),
      ...secret('client_certificate_key'),
      client_certificate_key_id: scalar,
      token_url: url,
      grant_type: oneOf(['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer']),
      signature_algorithm: oneOf(['RS256', 'RS384', 'RS512']),
      iss: scalar,
      audience: scalar,
      claims: { type: ['object', 'null'] },
      scopes: list(scalar),
      endpoint_params: named(scalar),
      tls_config: ref('tls_config'),
      proxy_url: scalar,
      proxy_from_environment: flag,
      no_proxy: scalar,
      proxy_connect_header: scalars,
    },
    ['client_id', 'token_url'],
  ),
  tls_config: map({
    ...secret('ca'),
    ...secret('cert'),
    ...secret('key'),
    server_name: scalar,
    min_version: TLS_VERSIONS,
    max_version: TLS_VERSIONS,
    insecure_skip_verify: flag,
  }),
  auth: map({ ...httpClientKeys, ...ownCredentialKeys, allow: list(scalar), forward: flag, forward_verified: flag }),
  budget: map({ requests: count, interval: duration }, ['requests', 'interval']),
};
