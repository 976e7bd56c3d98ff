import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { ask, basic, bearer } from '../support/ask.js';
import { startBuilt } from '../support/built-program.js';
import { CANARY } from '../support/canary.js';
import { eventually } from '../support/eventually.js';
import { answerByTurns, createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { startTokenServer } from '../upstream/token-server.js';

const WAIT_MS = 60_000;
const TEST_MS = 120_000;

/** zxp in a process of its own that writes its heap down, after all garbage is gone, when it gets SIGUSR2. */
async function startObservedZxp(files: Readonly<Record<string, string>>, flags: readonly string[]) {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const argv = ['--web.listen-address', '127.0.0.1:0', '--log.level', 'debug', ...flags];
  const environment = { NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' };
  const zxp = forThisTest(startBuilt(argv, { folder: folder.path, environment }));
  await zxp.untilSaid('server started');
  const url = /listening=(\S+)/.exec(zxp.stderr)?.[1] ?? '';
  const readHeap = () => {
    const [name] = readdirSync(folder.path).filter((each) => each.endsWith('.heapsnapshot'));
    const text = name === undefined ? '' : readFileSync(join(folder.path, name), 'utf8');
    if (name === undefined || !text.trimEnd().endsWith('}')) return undefined;
    rmSync(join(folder.path, name));
    return text;
  };
  return {
    url,
    log: () => zxp.stderr,
    /** The texts in the heap in which the canary is. */
    findCanaries: async (): Promise<readonly string[]> => {
      zxp.signal('SIGUSR2');
      let heap: string | undefined;
      const isWritten = () => {
        heap = readHeap();
        return heap !== undefined;
      };
      await eventually('the heap is written', isWritten, WAIT_MS);
      const { strings }: { readonly strings: readonly string[] } = JSON.parse(heap ?? '');
      return strings.filter((text) => CANARY.test(text));
    },
  };
}

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

test('what scrapers send to the upstream is nowhere in the heap once they have their answer', {
  timeout: TEST_MS,
}, async () => {
  // What it gives is kept until it expires, and has no canary in it.
  const tokens = await startTokenServer({ users: { alice: 'canary-password' } });
  const registry = forThisTest(
    await startStubUpstream(({ headers: { authorization = '' } }, response) => {
      const isGranted = tokens.describe(authorization.replace('Bearer ', '')) !== undefined;
      const challenge = { 'www-authenticate': `Bearer realm="${tokens.realm}",service="r"` };
      response.writeHead(isGranted ? 200 : 401, challenge).end('{"n":1}');
    }),
  );
  const moody = forThisTest(await startStubUpstream(answerByTurns()));
  const hold = createHold();
  const holding = forThisTest(
    await startStubUpstream((_request, response) => void hold.pass().then(() => response.end('{"n":1}'))),
  );
  const config = `
modules:
  plain: { ${METRICS} }
  seldom: { ${METRICS}, min_interval: 1h }
  registry: { ${METRICS}, registry_token: { realms: ['${tokens.url}'] } }
targets:
  - { name: holding, url: '${holding.url}', module: plain }
  - { name: moody, url: '${moody.url}', module: plain }
  - { name: seldom, url: '${moody.url}', module: seldom }
  - { name: registry, url: '${registry.url}', module: registry }
`;
  const zxp = await startObservedZxp({ 'zxp.yml': config }, ['--config.file', 'zxp.yml', '--scrape.timeout', '300ms']);
  const right = basic('alice', 'canary-password');
  const credentials = [right, bearer('canary-token')];
  const scrape = (target: string, headers: Readonly<Record<string, string>>) =>
    ask(`${zxp.url}/probe?target=${target}`, { headers });

  for (const target of ['moody', 'seldom', 'registry']) {
    for (let i = 0; i < 5; i++) for (const headers of credentials) await scrape(target, headers);
  }
  // On connections that stay open, too.
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  forThisTest({ close: () => agent.destroy() });
  for (const headers of credentials) await ask(`${zxp.url}/probe?target=seldom`, { headers, agent });
  expect((await scrape('registry', right)).text).toContain('\nn 1\n');
  expect(await zxp.findCanaries()).toEqual([]);

  // While a scrape goes on it is there: what looks for it can find it.
  const underWay = Promise.all(credentials.map((headers) => scrape('holding', headers)));
  await eventually('both are under way', () => hold.held === 2);
  expect(await zxp.findCanaries()).not.toEqual([]);
  hold.release();
  await underWay;
  expect(zxp.log()).not.toMatch(CANARY);
});

test('what scrapers show to zxp, right or wrong, is nowhere in the heap', { timeout: TEST_MS }, async () => {
  const moody = forThisTest(await startStubUpstream(answerByTurns()));
  const files = {
    'web.yml': `bearer_tokens_file: tokens\nbasic_auth_users: { alice: '${hashSync('canary-password', 4)}' }\n`,
    tokens: 'canary-token name=prometheus-of-production\ncanary-old name=before expires=2020-01-01T00:00:00Z\n',
    'zxp.yml': `upstream: ${moody.url}\nmodule: m\nmodules: { m: { ${METRICS}, forward_verified: true } }\n`,
  };
  const flags = ['--config.file', 'zxp.yml', '--web.config.file', 'web.yml', '--scrape.timeout', '300ms'];
  const zxp = await startObservedZxp(files, flags);
  const shown = [
    [basic('alice', 'canary-password'), 200],
    [bearer('canary-token'), 200],
    [basic('alice', 'canary-guess'), 401],
    [basic('canary-nobody', 'canary-guess'), 401],
    [bearer('canary-guess'), 401],
    [bearer('canary-old'), 401],
    [{ authorization: `Bearer canary ${'x'.repeat(9000)}` }, 400],
  ] as const;
  for (let i = 0; i < 5; i++) {
    for (const [headers, status] of shown) expect((await ask(`${zxp.url}/metrics`, { headers })).status).toBe(status);
  }
  expect(await zxp.findCanaries()).toEqual([]);
  expect(zxp.log()).not.toMatch(CANARY);
});
