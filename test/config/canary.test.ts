import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfigFile } from '../../src/config/config-reader.js';
import { createLineQuoter } from '../../src/config/excerpt.js';
import { loadConfiguration } from '../../src/config/load.js';
import { readWebFile } from '../../src/config/web/web-file.js';
import type { Findings } from '../../src/config/yaml-cursor.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';
import { findModuleProblems } from '../../src/modules/compile-modules.js';

const CANARY = 'qXz7WvKp9LmT';

/** Every six characters of the canary, as damage may cut it in two. */
const PARTS = Array.from({ length: CANARY.length - 5 }, (_, i) => CANARY.slice(i, i + 6));

const OWN = `# zxp's own file
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

const THEIRS = `modules:
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

const WEB = `basic_auth_users:
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

/** Everything that check, log and the body of /-/reload have of a file: problems, warnings, and quoted lines. */
async function report(text: string): Promise<string> {
  const file = readConfigFile({ name: 'zxp.yml', text, environment: {}, include: () => [] });
  const problems: Problem[] = [...file.problems, ...file.warnings];
  try {
    const configuration = loadConfiguration({ flags: new Map(), environment: {}, file });
    problems.push(...configuration.warnings, ...(await findModuleProblems(configuration)));
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    problems.push(...thrown.problems);
  }
  return describeAll(text, problems);
}

function reportWeb(text: string): string {
  const findings: Findings = { problems: [], warnings: [] };
  readWebFile({ name: 'web.yml', text, environment: {}, authMode: undefined }, findings);
  return describeAll(text, [...findings.problems, ...findings.warnings]);
}

const quote = createLineQuoter();

function describeAll(text: string, problems: readonly Problem[]): string {
  return JSON.stringify(problems.map((problem) => ({ ...problem, quoted: quote(text, problem) })));
}

const INSERTED = [...'{}[],:"\'#&*!|>%@`-?\\ \t\n<~$.aq\u00a0'];

type Damage = readonly [kind: 'delete' | 'replace' | 'insert', at: number, character: string];

const damageOf = (text: string): fc.Arbitrary<Damage> =>
  fc.tuple(
    fc.constantFrom('delete', 'replace', 'insert'),
    fc.nat({ max: text.length - 1 }),
    fc.constantFrom(...INSERTED),
  );

function apply(text: string, [kind, at, character]: Damage): string {
  const rest = text.slice(kind === 'insert' ? at : at + 1);
  return text.slice(0, at) + (kind === 'delete' ? '' : character) + rest;
}

function expectNone(reported: string, damaged: string): void {
  const leaked = PARTS.filter((part) => reported.includes(part));
  expect(leaked, `${reported}\n${damaged}`).toEqual([]);
}

/** `npm run soak` sets more. */
const numRuns = Number(process.env.ZXP_SOAK_RUNS ?? 1500);

describe('no damage of one character prints a secret', () => {
  test.each([
    ["zxp's own file", OWN],
    ['a file of json_exporter', THEIRS],
  ])(
    'of %s',
    async (_what, text) => {
      expectNone(await report(text), text);
      await fc.assert(
        fc.asyncProperty(damageOf(text), async (damage) => {
          const damaged = apply(text, damage);
          expectNone(await report(damaged), damaged);
        }),
        { numRuns },
      );
    },
    120_000,
  );

  test('of a web config file', () => {
    fc.assert(
      fc.property(damageOf(WEB), (damage) => {
        const damaged = apply(WEB, damage);
        expectNone(reportWeb(damaged), damaged);
      }),
      { numRuns },
    );
  }, 120_000);

  test('where every character is deleted in turn', async () => {
    for (const text of [OWN, THEIRS]) {
      for (let at = 0; at < text.length; at++) {
        const damaged = apply(text, ['delete', at, '']);
        expectNone(await report(damaged), damaged);
      }
    }
  }, 120_000);
});
