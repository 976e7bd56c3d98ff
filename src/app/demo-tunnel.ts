import { setTimeout as wait } from 'node:timers/promises';
import { type Configuration, loadConfiguration } from '../config/load.js';
import { agentDefaults, proxyDefaults } from '../config/tunnel/defaults.js';
import { toZxpError, ZxpError } from '../model/errors.js';
import type { AgentSpec } from '../model/tunnel.js';
import { toBasic } from '../net/basic.js';
import { silentLogger } from '../telemetry/derived-loggers.js';
import { type Agent, startAgent } from './agent/agent.js';
import type { Demo, DemoOptions } from './demo.js';
import { startDemoRegistry } from './demo-registry.js';
import { type RunningProxy, startProxy } from './proxy.js';

const PREFERRED_ADDRESS = '127.0.0.1:8080';
const ANY_ADDRESS = '127.0.0.1:0';
const CONNECT_WITHIN_MS = 10_000;
const POLL_MS = 20;

/** A registry, an agent near it and a proxy outside, and one scrape with the right and one with a wrong password. */
export async function startTunnelDemo(options: DemoOptions): Promise<Demo> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const registry = await startDemoRegistry(() => performance.now());
    opened.push(registry);
    const proxy = await openProxy(options);
    opened.push(proxy);
    const [tunnel = ''] = proxy.tunnelAddresses;
    opened.push(await openAgent(options, { registryUrl: registry.url, tunnel }));
    await untilServed(proxy);
    const [url = ''] = proxy.urls;
    const right = await scrape(url, toBasic('alice', 'wonderland'));
    const wrong = await scrape(url, toBasic('alice', 'guess'));
    const isGood = right.includes('\ntarget_up 1\n') && wrong.includes('\ntarget_up 0\n');
    const facts = { registryUrl: registry.url, tunnel, url, right, wrong, isShort: options.isShort };
    return { transcript: render(facts), isGood, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function loadSettings(address: string | undefined): Configuration {
  const flags = new Map(address === undefined ? [] : [['web.listen-address', [address]] as const]);
  return loadConfiguration({ flags, environment: {} });
}

/** On a proxy's own port if it is free, else on any. */
async function openProxy(options: DemoOptions): Promise<RunningProxy> {
  const spec = {
    ...proxyDefaults,
    listenAddresses: [{ host: '127.0.0.1', port: 0 }],
    discovery: { path: 'discovery', targetPrefix: undefined, scheme: undefined },
  };
  const start = (address: string) =>
    startProxy({
      ...options,
      spec,
      settings: loadSettings(address),
      loadSpec: async () => spec,
      loadAccessPolicy: async () => ({ access: undefined, warnings: [] }),
      logger: silentLogger,
    });
  if (options.isShort) return start(ANY_ADDRESS);
  return start(PREFERRED_ADDRESS).catch((thrown) => {
    if (toZxpError(thrown).code === 'listen') return start(ANY_ADDRESS);
    throw thrown;
  });
}

function openAgent(
  options: DemoOptions,
  { registryUrl, tunnel }: { readonly registryUrl: string; readonly tunnel: string },
): Promise<Agent> {
  const settings = loadSettings(undefined);
  const [host = '', port = ''] = tunnel.split(':');
  const path: AgentSpec['paths'][number] = {
    where: 'demo',
    path: 'registry',
    url: new URL(`${registryUrl}${settings.upstream.path}`),
    userinfo: undefined,
    module: settings.module,
    httpClient: undefined,
    labels: [['site', 'demo']],
    only: [],
    drop: [],
    source: 'STATIC',
  };
  const configuration = {
    settings: { ...settings, web: { ...settings.web, listenAddresses: [] } },
    spec: { ...agentDefaults, proxies: [{ host, port: Number(port) }], name: 'demo', paths: [path] },
    bodyBytes: undefined,
    listIncluded: async () => [],
    warnings: [],
  };
  return startAgent({
    ...options,
    configuration,
    load: async () => configuration,
    loadAccessPolicy: async () => ({ access: undefined, warnings: [] }),
    logger: silentLogger,
    environment: {},
  });
}

async function untilServed(proxy: RunningProxy): Promise<void> {
  const endMs = performance.now() + CONNECT_WITHIN_MS;
  while (proxy.load.paths === 0) {
    if (performance.now() > endMs) throw new ZxpError('timeout', 'the agent of the demo does not connect');
    await wait(POLL_MS);
  }
}

async function scrape(url: string, authorization: string): Promise<string> {
  const response = await fetch(`${url}/registry`, { headers: { authorization, connection: 'close' } });
  return response.text();
}

const SHOWN = /^(target_up |target_scrape_(error\{|http_status_code |samples )|zot_repo_downloads_total)/;

function render(facts: {
  readonly registryUrl: string;
  readonly tunnel: string;
  readonly url: string;
  readonly right: string;
  readonly wrong: string;
  readonly isShort: boolean;
}): string {
  const { registryUrl, tunnel, url } = facts;
  const show = (body: string) =>
    body
      .split('\n')
      .filter((line) => SHOWN.test(line))
      .map((line) => `  ${line}`)
      .join('\n');
  const head = `A made-up registry with two users listens on ${registryUrl}: it is what Prometheus cannot reach.
An agent beside it has connected to the proxy on ${tunnel},
and the proxy serves the path /registry on ${url}.

$ curl -s -u alice:wonderland ${url}/registry     the right password
${show(facts.right)}

$ curl -s -u alice:guess ${url}/registry          a wrong password
${show(facts.wrong)}
`;
  if (facts.isShort) return head;
  return `${head}
Try it, and look at ${url}/ in a browser:

  curl -s -u bob:builder ${url}/registry
  curl -s ${url}/discovery
  curl -s ${url}/-/metrics

A prometheus.yml for it:

scrape_configs:
  - job_name: behind-the-firewall
    basic_auth:
      username: alice
      password: wonderland
    http_sd_configs:
      - url: ${url}/discovery

Ctrl-C ends it.
`;
}
