import { Agent } from 'node:http';
import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

const QUESTIONS = 700;
const CONNECTIONS = 16;

/** What a caller shows, and the number that the upstream has for them; undefined where zxp is to turn them away. */
const callers: readonly (readonly [headers: Readonly<Record<string, string>>, n: number | undefined])[] = [
  [basic('alice', 'of alice'), 1],
  [basic('bob', 'of bob'), 2],
  [bearer('of-prometheus'), 3],
  [bearer('of-agent'), 4],
  [basic('alice', 'of bob'), undefined],
  [basic('carol', 'of alice'), undefined],
  [bearer('of-alice'), undefined],
  [{}, undefined],
];
const numbers = new Map(callers.map(([{ authorization }, n]) => [authorization, n]));

test(`${QUESTIONS} callers who come by turns over ${CONNECTIONS} connections each get in as themselves, or not`, async () => {
  const upstream = forThisTest(
    await startStubUpstream(({ headers }, response) => {
      response.end(JSON.stringify({ n: numbers.get(headers.authorization) }));
    }),
  );
  const [alice, bob] = [hashSync('of alice', 4), hashSync('of bob', 4)];
  const zxp = await startDaemon({
    web: `basic_auth_users: { alice: '${alice}', bob: '${bob}' }\nbearer_tokens_file: tokens\n`,
    files: { tokens: 'of-prometheus\nof-agent\n' },
    config: `upstream: ${upstream.url}
module: m
modules: { m: { forward_verified: true, metrics: [{ name: n, path: '{.n}' }] } }
`,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  forThisTest({ close: () => agent.destroy() });
  const asked = Array.from({ length: QUESTIONS }, async (_, i) => {
    // 5 and 8 have no divisor in common: each caller comes behind each other one.
    const [headers, n] = callers[(i * 5 + Math.floor(i / 8)) % callers.length] ?? [{}, undefined];
    const { status, text } = await zxp.ask('/metrics', { agent, headers });
    const found = /^n (\d+)$/m.exec(text)?.[1];
    return { is: [status, found], shouldBe: n === undefined ? [401, undefined] : [200, String(n)] };
  });
  for (const { is, shouldBe } of await Promise.all(asked)) expect(is).toEqual(shouldBe);
});
