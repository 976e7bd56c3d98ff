/**
 * What the tunnel adds to a scrape: `node test/bench/tunnel.mjs [ROUNDS]` after `npm run build`. Scrapes one target directly and
 * through zxp agent and zxp proxy, in turn, and prints medians, tails, CPU time a scrape and memory of both sides.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const zxp = fileURLToPath(new URL('../../bin/zxp', import.meta.url));
const rounds = Number(process.argv[2] ?? 100);
const folder = mkdtempSync(join(tmpdir(), 'zxp-bench-tunnel-'));

if (process.argv[2] === 'target') serveTarget();
else await bench();

function makeBody(series) {
  const lines = ['# TYPE bench_requests_total counter'];
  for (let i = 0; i < series; i++) {
    lines.push(
      `bench_requests_total{handler="/api/v1/resource/${i % 97}",code="${200 + (i % 7)}",pod="pod-${i}"} ${i * 17}`,
    );
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** A target of its own process, so that its time is not the scraper's. */
function serveTarget() {
  const bodies = new Map([1000, 100_000].map((series) => [`/${series}`, makeBody(series)]));
  const server = createServer((asked, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(bodies.get(asked.url));
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
}

async function bench() {
  const children = [];
  const start = (args, ready) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      children.push(child);
      let output = '';
      const read = (text) => {
        output += text;
        const found = ready.exec(output);
        if (found !== null) resolve({ child, found: found[1], second: found[2] });
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('exit', () => reject(new Error(output)));
    });
  try {
    const { found: targetPort } = await start([fileURLToPath(import.meta.url), 'target'], /^(\d+)\n/);
    const target = `http://127.0.0.1:${targetPort}`;
    writeFileSync(join(folder, 'proxy.yml'), 'tunnel: { listen_addresses: ["127.0.0.1:0"] }\n');
    const proxyArgs = ['proxy', '--config.file', join(folder, 'proxy.yml'), '--web.listen-address', '127.0.0.1:0'];
    const proxy = await start([zxp, ...proxyArgs], /tunnel=(\S+) listening=(\S+)\n/);
    const url = proxy.second;
    const paths = [1000, 100_000].map((series) => `    - { path: s${series}, url: "${target}/${series}" }\n`);
    writeFileSync(join(folder, 'agent.yml'), `tunnel:\n  proxies: ["${proxy.found}"]\n  paths:\n${paths.join('')}`);
    const agent = await start([zxp, 'agent', '--config.file', join(folder, 'agent.yml')], /(connected to proxy)/);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const idle = { proxy: memoryOf(proxy.child), agent: memoryOf(agent.child) };
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 1 });
    const rows = [];
    for (const series of [1000, 100_000]) {
      const count = series === 1000 ? rounds : Math.ceil(rounds / 5);
      const direct = [];
      const tunnelled = [];
      for (let i = 0; i < 5; i++) await scrape(`${url}/s${series}`, keepAlive);
      const cpuBefore = { proxy: cpuOf(proxy.child), agent: cpuOf(agent.child) };
      for (let i = 0; i < count; i++) {
        direct.push(await scrape(`${target}/${series}`, keepAlive));
        tunnelled.push(await scrape(`${url}/s${series}`, keepAlive));
      }
      const cpu = (side, { child }) => (cpuOf(child) - cpuBefore[side]) / count;
      rows.push({
        series,
        direct_p50_ms: quantile(direct, 0.5),
        direct_p99_ms: quantile(direct, 0.99),
        tunnel_p50_ms: quantile(tunnelled, 0.5),
        tunnel_p99_ms: quantile(tunnelled, 0.99),
        ratio_p50: quantile(tunnelled, 0.5) / quantile(direct, 0.5),
        cpu_proxy_ms: cpu('proxy', proxy),
        cpu_agent_ms: cpu('agent', agent),
      });
    }
    keepAlive.destroy();
    const after = { proxy: memoryOf(proxy.child), agent: memoryOf(agent.child) };
    process.stdout.write(
      `${JSON.stringify({ node: process.version, rounds, rows, idle_mb: idle, after_mb: after }, round, 2)}\n`,
    );
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function scrape(url, agent) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const asked = request(url, { agent, headers: { 'accept-encoding': 'gzip' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
      response.resume().once('end', () => resolve(performance.now() - began));
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** Milliseconds of user and system time. */
function cpuOf({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryOf({ pid }) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function round(_key, value) {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}
