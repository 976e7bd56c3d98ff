import { cipherSuites, curves } from '../web/tls-names.js';
import {
  commonDefinitions,
  flag,
  type JsonSchema,
  list,
  map,
  named,
  oneOf,
  requiredScalar,
  scalar,
  secret,
} from './json-schema.js';

const versions = oneOf(['TLS10', 'TLS11', 'TLS12', 'TLS13']);

/** The JSON Schema of a web config file: exporter-toolkit's keys, and zxp's. */
export function createWebSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'zxp web configuration file',
    ...map({
      mode: { enum: ['none', 'basic', 'bearer', 'mtls'] },
      basic_auth_users: { ...named(requiredScalar), type: 'object', minProperties: 1 },
      bearer_tokens: { type: 'array', minItems: 1, items: token },
      bearer_tokens_file: requiredScalar,
      allowed_clients: { type: 'array', minItems: 1, items: requiredScalar },
      trusted_proxies: list(requiredScalar),
      rate_limit: map({ interval: requiredScalar, burst: { type: ['integer', 'string', 'null'] } }, ['interval']),
      http_server_config: map({ http2: flag, headers: map(headers) }),
      tls_server_config: map({
        ...secret('cert'),
        ...secret('key'),
        ...secret('client_ca'),
        client_auth_type: oneOf(clientAuthTypes),
        client_allowed_sans: list(scalar),
        min_version: versions,
        max_version: versions,
        cipher_suites: list({ enum: [...cipherSuites.keys()] }),
        curve_preferences: list({ enum: [...curves.keys()] }),
        prefer_server_cipher_suites: flag,
      }),
    }),
    patternProperties: { '^x-': {} },
    $defs: commonDefinitions,
  };
}

const token = map({ name: scalar, sha256: { type: 'string', pattern: '^[0-9a-fA-F]{64}$' }, expires: requiredScalar }, [
  'sha256',
]);

const headers = {
  'Content-Security-Policy': scalar,
  'Strict-Transport-Security': scalar,
  'X-Content-Type-Options': oneOf(['', 'nosniff']),
  'X-Frame-Options': oneOf(['', 'deny', 'sameorigin']),
  'X-XSS-Protection': scalar,
};

const clientAuthTypes = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'RequireClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
];
