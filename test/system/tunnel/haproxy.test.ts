import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { startAgent } from '../../../src/app/agent/agent.js';
import { loadConfiguration } from '../../../src/config/load.js';
import { agentDefaults } from '../../../src/config/tunnel/defaults.js';
import { silentLogger } from '../../../src/telemetry/derived-loggers.js';
import { ask } from '../../support/ask.js';
import { type BuiltProgram, startBuiltDaemon } from '../../support/built-program.js';
import { forThisTest } from '../../support/for-this-test.js';
import { findFreePort } from '../../support/free-port.js';
import { testWith } from '../../support/programs.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const AGENTS = 20;
const example = readFileSync(fileURLToPath(new URL('../../../deploy/tunnel/haproxy.cfg', import.meta.url)), 'utf8');

async function startTarget(): Promise<string> {
  const server = createServer((request, response) => response.end(`served{path="${request.url}"} 1\n`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  forThisTest({ close: () => void server.close() });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function connectAgents(target: string, ports: readonly number[]): Promise<void> {
  const settings = loadConfiguration({ flags: new Map(), environment: {} });
  for (let i = 0; i < AGENTS; i++) {
    const configuration = {
      settings: { ...settings, web: { ...settings.web, listenAddresses: [] } },
      spec: {
        ...agentDefaults,
        proxies: ports.map((port) => ({ host: '127.0.0.1', port })),
        name: `agent-${i}`,
        reconnectAfterMs: 500,
        paths: [
          {
            where: 'test',
            path: `path_${i}`,
            url: new URL(`${target}/${i}`),
            userinfo: undefined,
            module: undefined,
            httpClient: undefined,
            labels: [],
            only: [],
            drop: [],
            source: 'STATIC' as const,
          },
        ],
      },
      bodyBytes: undefined,
      listIncluded: async () => [],
      warnings: [],
    };
    forThisTest(
      await startAgent({
        configuration,
        load: async () => configuration,
        loadAccessPolicy: async () => ({ access: undefined, warnings: [] }),
        logger: silentLogger,
        version: '0.0.0-test',
        nodeVersion: process.version,
        environment: {},
      }),
    );
  }
}

interface ProxyPorts {
  readonly http: number;
  readonly tunnel: number;
}

async function findPorts(): Promise<ProxyPorts> {
  return { http: await findFreePort(), tunnel: await findFreePort() };
}

async function startProxy({ http, tunnel }: ProxyPorts): Promise<BuiltProgram> {
  return forThisTest(
    await startBuiltDaemon(
      'proxy',
      '--web.listen-address',
      `127.0.0.1:${http}`,
      '--tunnel.listen-address',
      `127.0.0.1:${tunnel}`,
    ),
  );
}

interface Balancer {
  readonly url: string;
  /** Answers 200 as soon as HAProxy takes both proxies for ready. */
  readonly bothUrl: string;
}

/** HAProxy with the example of deploy/tunnel/, on loopback. */
async function startBalancer(proxies: readonly ProxyPorts[]): Promise<Balancer> {
  const port = await findFreePort();
  const bothPort = await findFreePort();
  const [a, b] = proxies;
  const text = `${example}
frontend both
  bind 127.0.0.1:${bothPort}
  http-request return status 200 if { nbsrv(proxies) eq 2 }
  http-request return status 503
`
    .replace('bind :8080', `bind 127.0.0.1:${port}`)
    .replace('proxy-a:8080', `127.0.0.1:${a?.http}`)
    .replace('proxy-b:8080', `127.0.0.1:${b?.http}`);
  const folder = forThisTest(makeTemporaryFolder());
  const child = spawn('haproxy', ['-db', '-f', folder.write('haproxy.cfg', text)], { stdio: 'ignore' });
  forThisTest({
    close: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null) await once(child, 'exit');
    },
  });
  return { url: `http://127.0.0.1:${port}`, bothUrl: `http://127.0.0.1:${bothPort}` };
}

const answers = (url: string) =>
  ask(url).then(
    ({ status }) => status === 200,
    () => false,
  );

testWith('haproxy', 'no scrape is lost behind HAProxy while either of two proxies is killed and started', async () => {
  const ports = [await findPorts(), await findPorts()] as const;
  const proxies = [await startProxy(ports[0]), await startProxy(ports[1])];
  await connectAgents(
    await startTarget(),
    ports.map(({ tunnel }) => tunnel),
  );
  // HAProxy takes every server for ready until it has checked it once.
  const isReady = ({ http }: ProxyPorts) => answers(`http://127.0.0.1:${http}/-/ready`);
  await vi.waitUntil(async () => (await Promise.all(ports.map(isReady))).every(Boolean), { timeout: 30_000 });
  const { url, bothUrl } = await startBalancer(ports);
  // A proxy is killed as an operator restarts one: after the balancer has the other one.
  const untilBoth = () => vi.waitUntil(() => answers(bothUrl), { timeout: 30_000, interval: 100 });
  await untilBoth();

  const failures: string[] = [];
  let scrapes = 0;
  let isOver = false;
  const scrape = async (offset: number): Promise<void> => {
    for (let i = offset; !isOver; i++) {
      const path = i % AGENTS;
      const reply = await ask(`${url}/path_${path}`).catch((error: Error) => ({ status: 0, text: error.message }));
      scrapes++;
      if (reply.status !== 200 || reply.text !== `served{path="/${path}"} 1\n`) {
        failures.push(`${reply.status} ${reply.text.slice(0, 80)}`);
      }
      await wait(10);
    }
  };
  const scrapers = Array.from({ length: 4 }, (_, i) => scrape(i * 5));
  for (const i of [0, 1] as const) {
    await wait(500);
    proxies[i]?.signal('SIGKILL');
    await wait(1500);
    proxies[i] = await startProxy(ports[i]);
    await untilBoth();
  }
  await wait(500);
  isOver = true;
  await Promise.all(scrapers);
  expect(scrapes).toBeGreaterThan(100);
  // Four scrapes are in flight at a time, and each of two kills may take those along.
  expect(failures.length, failures.slice(0, 10).join('\n')).toBeLessThanOrEqual(2 * 4);
});
