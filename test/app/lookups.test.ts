import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startBuilt } from '../support/built-program.js';
import { runsBuiltProgram, startDaemon } from '../support/daemon.js';
import { startDnsServer } from '../support/dns-server.js';
import { eventually } from '../support/eventually.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { useNameServer } from '../support/name-server-preload.mjs';
import { countOpenResources, untilNoMoreThan } from '../support/open-resources.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { runAgentApp } from './agent/run-agent-app.js';

const preload = fileURLToPath(new URL('../support/name-server-preload.mjs', import.meta.url));

/** More than the four threads of libuv's pool. */
const DEAD = Array.from({ length: 6 }, (_, i) => `dead${i}.example`);

/** Of a drain of 200 ms; the lookups, were they waited for, have two minutes. */
const EXIT_MS = 5000;

/** A name server that knows `alive.example`, and never answers for the names of DEAD; this process asks it. */
async function startNames() {
  const zone = new Map<string, readonly string[] | 'silence'>(DEAD.map((name) => [name, 'silence']));
  const names = forThisTest(await startDnsServer(zone.set('alive.example', ['127.0.0.1'])));
  if (!runsBuiltProgram) onTestFinished(useNameServer(names.address));
  const environment = { NODE_OPTIONS: `--import=${preload}`, TEST_NAME_SERVER: names.address };
  const untilAsked = (...asked: readonly string[]) =>
    eventually('names are looked up', () => asked.every((name) => names.queries.includes(`${name} A`)), 15_000);
  return { environment, untilAsked };
}

/** A daemon whose name server knows `alive.example`, and never answers for the names of DEAD. */
async function start() {
  const { environment, untilAsked } = await startNames();
  const upstream = forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { moon: 1 })));
  const before = countOpenResources();
  const targets = DEAD.map((name) => ({ name, url: `http://${name}/`, module: 'zot' }));
  const zxp = await startDaemon({
    flags: {
      upstream: `http://alive.example:${new URL(upstream.url).port}`,
      'config.file': forThisTest(makeTemporaryFolder()).write('zxp.yml', JSON.stringify({ targets })),
      'web.listen-address': '127.0.0.1:0',
      'web.drain-timeout': '200ms',
      'scrape.timeout': '2m',
      'upstream.connect-timeout': '2m',
    },
    environment,
  });
  const url = zxp.urls[0] ?? '';
  const probe = (target: string, signal?: AbortSignal) =>
    fetch(`${url}/probe?target=${target}`, { signal: signal ?? null }).catch((error: unknown) => error);
  const allAsked = () => untilAsked(...DEAD);
  return { zxp, url, before, probe, allAsked };
}

test('names that never resolve block no other lookup, and delay the end no longer than the drain', async () => {
  const { zxp, url, before, probe, allAsked } = await start();
  const hanging = DEAD.map((name) => probe(name));
  await allAsked();
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nmoon 1\n');
  const startMs = performance.now();
  await zxp.close();
  expect(performance.now() - startMs).toBeLessThan(EXIT_MS);
  await Promise.all(hanging);
  if (!runsBuiltProgram) await untilNoMoreThan(before);
});

test('lookups that nobody waits for any more do not delay the end', async () => {
  const { zxp, before, probe, allAsked } = await start();
  const leaving = new AbortController();
  const hanging = DEAD.map((name) => probe(name, leaving.signal));
  await allAsked();
  leaving.abort();
  await Promise.all(hanging);
  const startMs = performance.now();
  await zxp.close();
  expect(performance.now() - startMs).toBeLessThan(EXIT_MS);
  if (!runsBuiltProgram) await untilNoMoreThan(before);
});

test.each(['all', 'failover'])(
  'proxies whose names never resolve do not delay the end of an agent: mode %s',
  async (mode) => {
    const { environment, untilAsked } = await startNames();
    const before = countOpenResources();
    const proxies = DEAD.map((name) => `${name}:50051`);
    const files = {
      'agent.yml': JSON.stringify({ tunnel: { mode, proxies, paths: [{ path: 'a', url: 'http://a' }] } }),
    };
    const close = runsBuiltProgram
      ? await startBuiltAgent(files, environment)
      : (await runAgentApp({ files })).agent.close;
    await untilAsked(...(mode === 'all' ? DEAD : DEAD.slice(0, 1)));
    const startMs = performance.now();
    await close();
    expect(performance.now() - startMs).toBeLessThan(EXIT_MS);
    if (!runsBuiltProgram) await untilNoMoreThan(before);
  },
);

async function startBuiltAgent(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>) {
  const folder = forThisTest(makeTemporaryFolder());
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const zxp = forThisTest(startBuilt(['agent', '--config.file', 'agent.yml'], { folder: folder.path, environment }));
  return async () => {
    zxp.signal('SIGTERM');
    expect((await zxp.untilEnd()).exitCode).toBe(0);
  };
}
