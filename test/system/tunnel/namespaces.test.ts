import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { makeAuthority } from '../../support/certificate-authority.js';
import { forThisTest } from '../../support/for-this-test.js';
import { testWith } from '../../support/programs.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const zxp = fileURLToPath(new URL('../../../bin/zxp', import.meta.url));
const document = fileURLToPath(new URL('../../../fixtures/zot/', import.meta.url));
const OUTSIDE = '10.77.0.1';
const INSIDE = '10.77.0.2';

interface Namespace {
  /** Runs a command to its end and gives what it printed. */
  run(...command: readonly string[]): string;
  /** Starts a command that goes on, until the test is over. */
  start(...command: readonly string[]): { readonly output: () => string };
}

function makeNamespace(name: string): Namespace {
  execFileSync('ip', ['netns', 'add', name]);
  forThisTest({ close: () => void execFileSync('ip', ['netns', 'del', name]) });
  const inside = (command: readonly string[]) => ['netns', 'exec', name, ...command];
  execFileSync('ip', inside(['ip', 'link', 'set', 'lo', 'up']));
  return {
    run: (...command) => execFileSync('ip', inside(command), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    start: (...command) => {
      const child = spawn('ip', inside(command), { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      }
      forThisTest({
        close: async () => {
          if (child.exitCode !== null) return;
          child.kill('SIGKILL');
          await once(child, 'exit');
        },
      });
      return { output: () => output };
    },
  };
}

/** Two namespaces with a wire between them; inside, a firewall that allows connections out to port 50051 alone. */
function makeNetwork(): { readonly inside: Namespace; readonly outside: Namespace } {
  const names = [`zxp-in-${process.pid}`, `zxp-out-${process.pid}`] as const;
  const [inside, outside] = [makeNamespace(names[0]), makeNamespace(names[1])];
  execFileSync('ip', [
    'link',
    'add',
    'veth',
    'netns',
    names[0],
    'type',
    'veth',
    'peer',
    'name',
    'veth',
    'netns',
    names[1],
  ]);
  for (const [namespace, address] of [
    [inside, INSIDE],
    [outside, OUTSIDE],
  ] as const) {
    namespace.run('ip', 'address', 'add', `${address}/24`, 'dev', 'veth');
    namespace.run('ip', 'link', 'set', 'veth', 'up');
  }
  for (const chain of ['INPUT', 'OUTPUT']) {
    inside.run('iptables', '-A', chain, chain === 'INPUT' ? '-i' : '-o', 'lo', '-j', 'ACCEPT');
  }
  inside.run('iptables', '-A', 'OUTPUT', '-p', 'tcp', '-d', OUTSIDE, '--dport', '50051', '-j', 'ACCEPT');
  inside.run('iptables', '-A', 'INPUT', '-p', 'tcp', '-s', OUTSIDE, '--sport', '50051', '!', '--syn', '-j', 'ACCEPT');
  for (const chain of ['INPUT', 'OUTPUT', 'FORWARD']) inside.run('iptables', '-P', chain, 'DROP');
  return { inside, outside };
}

/** A registry with a user, in the language of node -e. */
const registry = `
  const body = require('node:fs').readFileSync(process.argv[1]);
  require('node:http').createServer((request, response) => {
    const isAlice = request.headers.authorization === 'Basic ' + Buffer.from('alice:wonderland').toString('base64');
    if (!isAlice) return response.writeHead(401).end();
    response.setHeader('content-type', 'application/json');
    response.end(body);
  }).listen(5000, '127.0.0.1');
`;

testWith('ip', 'a Prometheus outside of a firewall scrapes a registry inside with basic_auth', async () => {
  if (process.getuid?.() !== 0) throw new Error('this test makes network namespaces: run it as root');
  const { inside, outside } = makeNetwork();
  const folder = forThisTest(makeTemporaryFolder());
  const authority = makeAuthority();
  const server = authority.issue('proxy', { altNames: `IP:${OUTSIDE}` });
  folder.write('ca.pem', authority.cert);
  folder.write('proxy.pem', server.cert);
  folder.write('proxy.key', server.key);
  folder.write('agent.token', 'a-token-of-the-warehouse\n');
  const proxyFile = folder.write(
    'proxy.yml',
    `tunnel:
  listen_addresses: ["${OUTSIDE}:50051"]
  tls: { cert_file: proxy.pem, key_file: proxy.key }
  agents: [{ name: warehouse, token_file: agent.token, paths: [registry] }]
  discovery: { enabled: true }
`,
  );
  const agentFile = folder.write(
    'agent.yml',
    `tunnel:
  proxies: ["${OUTSIDE}:50051"]
  tls: { ca_file: ca.pem }
  token_file: agent.token
  paths: [{ path: registry, url: "http://127.0.0.1:5000/metrics", module: zot }]
`,
  );
  const prometheusFile = folder.write(
    'prometheus.yml',
    `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: inside
    basic_auth: { username: alice, password: wonderland }
    http_sd_configs: [{ url: "http://127.0.0.1:8080/discovery", refresh_interval: 1s }]
  - job_name: guessing
    basic_auth: { username: alice, password: guess }
    http_sd_configs: [{ url: "http://127.0.0.1:8080/discovery", refresh_interval: 1s }]
`,
  );
  inside.start(process.execPath, '-e', registry, `${document}all-kinds.json`);
  const proxy = outside.start(process.execPath, zxp, 'proxy', '--config.file', proxyFile);
  await vi.waitUntil(() => proxy.output().includes('proxy started'), { timeout: 20_000 });
  const agent = inside.start(process.execPath, zxp, 'agent', '--config.file', agentFile);
  await vi.waitUntil(() => agent.output().includes('connected to proxy'), { timeout: 20_000 });
  outside.start(
    'prometheus',
    `--config.file=${prometheusFile}`,
    `--storage.tsdb.path=${folder.path}/data`,
    '--web.listen-address=127.0.0.1:9090',
  );

  const query = (promql: string): unknown => {
    const text = outside.run(
      'curl',
      '-sG',
      'http://127.0.0.1:9090/api/v1/query',
      '--data-urlencode',
      `query=${promql}`,
    );
    const { data } = JSON.parse(text) as { data: { result: { value: [number, string] }[] } };
    return data.result.map(({ value }) => value[1]);
  };
  const untilQueried = (promql: string, values: readonly string[]) =>
    vi.waitFor(() => expect(query(promql)).toEqual(values), { timeout: 30_000, interval: 500 });
  await untilQueried('target_up{job="inside"}', ['1']);
  await untilQueried('target_up{job="guessing"}', ['0']);
  await untilQueried('target_scrape_error{job="guessing", reason="unauthorized"}', ['1']);

  // The firewall is there: nothing outside reaches the registry or the agent's machine by itself.
  expect(() => outside.run('curl', '-s', '--max-time', '1', `http://${INSIDE}:5000/metrics`)).toThrow();
  expect(() => inside.run('curl', '-s', '--max-time', '1', `http://${OUTSIDE}:8080/`)).toThrow();
  expect(proxy.output() + agent.output()).not.toMatch(/wonderland|YWxpY2U6|a-token-of/);
});
