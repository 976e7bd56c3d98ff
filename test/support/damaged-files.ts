import fc from 'fast-check';
import { expect } from 'vitest';

const CANARY = 'qXz7WvKp9LmT';

/** Every six characters of the canary, as damage may cut it in two. */
const PARTS = Array.from({ length: CANARY.length - 5 }, (_, i) => CANARY.slice(i, i + 6));

/** zxp's own file, full of one secret. */
export const OWN = `# zxp's own file
upstream: http://registry:8080
targets:
  - { name: a, url: "http://a.example/x", module: m, auth: team }
auths:
  team: { allow: [https://a.example], basic_auth: { username: ${CANARY}, password: ${CANARY} } }
  other:
    allow: [https://a.example]
    bearer_token: "${CANARY}"
modules:
  m:
    allow: [https://a.example]
    headers: { X-Api-Key: ${CANARY}, X-Many: [${CANARY}, '${CANARY}'] }
    params: { key: ${CANARY} }
    body: { content: '{"secret": "${CANARY}"}' }
    metrics:
      - name: n
        path: '{.n}'
        valuetype: gauge
  n:
    allow: [https://a.example]
    http_client_config:
      proxy_url: http://u:${CANARY}@proxy.example:3128
      proxy_connect_header: { Proxy-Authorization: [${CANARY}] }
      http_headers: { X-A: { values: [a], secrets: [${CANARY}, ${CANARY}] } }
      oauth2:
        client_id: zxp
        client_secret: ${CANARY}
        token_url: https://auth.example/token
        endpoint_params: { password: ${CANARY} }
  o:
    allow: [https://a.example]
    login: { url: /login, username: u, password: ${CANARY}, body: '{"p": "${CANARY}"}', token: { path: '{.t}' } }
  p:
    allow: [https://a.example]
    http_client_config:
      tls_config:
        cert_file: a.pem
        key: |
          -----BEGIN PRIVATE KEY-----
          ${CANARY}
          -----END PRIVATE KEY-----
`;

/** A file of json_exporter with the same secret. */
export const THEIRS = `modules:
  default:
    http_client_config:
      basic_auth:
        username: u
        password: ${CANARY}
    headers:
      X-Key: ${CANARY}
    body:
      content: ${CANARY}
    metrics:
      - name: n
        path: '{.n}'
`;

/** A web config file with the same secret. */
export const WEB = `basic_auth_users:
  alice: $2y$10$abcdefghijklmnopqrstuv${CANARY}GHIJKLMNOPQRSTU0123
bearer_tokens:
  - { name: a, sha256: ${CANARY} }
tls_server_config:
  cert_file: a.pem
  key: |
    -----BEGIN PRIVATE KEY-----
    ${CANARY}
    -----END PRIVATE KEY-----
`;

/** Secrets that look like what is no secret: of digits, or with words and separators that a file has elsewhere. */
const PLAIN_SECRETS = ['5086', '5086 5086', '5086:5086:5086', '05086', 'sk:live:5086', 'Bearer 5086', 'json: 5086'];
const DIGITS = '5086';

/** The file with each of these secrets in turn in the place of the canary. */
export const withPlainSecrets = (text: string): readonly string[] =>
  PLAIN_SECRETS.flatMap((secret) => [text.replaceAll(CANARY, secret), text.replaceAll(CANARY, `'${secret}'`)]);

const INSERTED = [...'{}[],:"\'#&*!|>%@`-?\\ \t\n<~$.aq\u00a0'];

export type Damage = readonly [kind: 'delete' | 'replace' | 'insert', at: number, character: string];

/** One character deleted, replaced or inserted anywhere in a text. */
export const damageOf = (text: string): fc.Arbitrary<Damage> =>
  fc.tuple(
    fc.constantFrom('delete', 'replace', 'insert'),
    fc.nat({ max: text.length - 1 }),
    fc.constantFrom(...INSERTED),
  );

/** The text with that damage. */
export function applyDamage(text: string, [kind, at, character]: Damage): string {
  const rest = text.slice(kind === 'insert' ? at : at + 1);
  return text.slice(0, at) + (kind === 'delete' ? '' : character) + rest;
}

/** Fails where what was said of a damaged file has a part of the secret in it. */
export function expectNoSecret(said: string, damaged: string): void {
  const leaked = [...PARTS, DIGITS].filter((part) => said.includes(part));
  expect(leaked, `${said}\n${damaged}`).toEqual([]);
}
