import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { basic, bearer } from '../support/ask.js';
import { environmentWithoutSettings, programPath, runBuilt } from '../support/built-program.js';
import { runCommandLine } from '../support/command-line.js';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

type Headers = Readonly<Record<string, string>>;

/** The status of `/metrics` over a unix socket. */
function getStatus(socketPath: string, headers: Headers = {}, path = '/metrics'): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, headers, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end();
  });
}

async function start(web: string, files: Readonly<Record<string, string>> = {}) {
  const upstream = forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { moon: 1 })));
  const socketPath = join(forThisTest(makeTemporaryFolder()).path, 'zxp.sock');
  const flags = { upstream: upstream.url, 'web.listen-address': `unix:${socketPath}` };
  return { zxp: await startDaemon({ web, files, flags }), socketPath };
}

describe('on a unix socket', () => {
  test('users and tokens apply', async () => {
    const { socketPath } = await start('bearer_tokens_file: tokens\n', { tokens: 'right\n' });
    expect(await getStatus(socketPath)).toBe(401);
    expect(await getStatus(socketPath, basic('a', 'b'))).toBe(401);
    expect(await getStatus(socketPath, bearer('right'))).toBe(200);
    expect(await getStatus(socketPath, {}, '/-/healthy')).toBe(200);
  });

  test.each([
    ['["127.0.0.1", "0.0.0.0/0", "::/0"]', 403],
    ['["unix"]', 200],
    ['["10.0.0.0/8", "unix"]', 200],
  ])('allowed_clients: %s gives %i, whatever X-Forwarded-For claims', async (list, status) => {
    const { zxp, socketPath } = await start(`allowed_clients: ${list}\ntrusted_proxies: [127.0.0.1]\n`);
    expect(await getStatus(socketPath, { 'x-forwarded-for': '127.0.0.1' })).toBe(status);
    if (status === 200) return;
    expect(zxp.logged).toContainEqual(expect.stringContaining('"reason":"address","client":"unix"'));
  });

  test('rate_limit counts all clients as one', async () => {
    const { socketPath } = await start('rate_limit: { interval: 1h, burst: 2 }\n');
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await getStatus(socketPath, { 'x-forwarded-for': `192.0.2.${i}` }));
    expect(statuses).toEqual([200, 200, 429]);
  });

  test('zxp health finds it by the settings, and by its name', async () => {
    const { socketPath } = await start('mode: none\n');
    const good = { exitCode: 0, stdout: `zxp: unix:${socketPath}:/-/healthy is healthy\n`, stderr: '' };
    expect(await runCommandLine(['health', `unix:${socketPath}`])).toEqual(good);
    expect(await runCommandLine(['health', '--web.listen-address', `unix:${socketPath}`])).toEqual(good);
    const missing = await runCommandLine(['health', `unix:${socketPath}.not`]);
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('refused the connection') });
  });
});

/** Starts the program as systemd does: with listening sockets from file descriptor 3 on. */
async function startActivated(server: ReturnType<typeof createServer>, ...args: readonly string[]) {
  const handle: unknown = Reflect.get(server, '_handle');
  const fd = typeof handle === 'object' && handle !== null ? Number(Reflect.get(handle, 'fd')) : -1;
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"';
  const child = spawn('sh', ['-c', script, process.execPath, programPath, '--web.systemd-socket', ...args], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    env: environmentWithoutSettings(),
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  forThisTest({ close: () => void child.kill('SIGKILL') });
  await eventually('it listens', () => stderr.includes('listening='), 15_000);
  return { log: () => stderr };
}

describe('the socket of a systemd unit', () => {
  test.each([
    ['one process', '1'],
    ['workers', '2'],
  ])('is what zxp listens on, in %s', async (_what, workers) => {
    const server = createServer().listen(0, '127.0.0.1');
    forThisTest({ close: () => void server.close() });
    await eventually('the socket is open', () => server.listening);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const zxp = await startActivated(server, '--upstream', 'http://127.0.0.1:9', '--web.workers', workers);
    expect(zxp.log()).toContain(`listening=http://127.0.0.1:${port}`);
    // This process's copy takes no connection any more.
    server.close();
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/-/healthy`, { headers: { connection: 'close' } });
      expect(await response.text()).toBe('ok\n');
    }
  });

  test('of another process is not touched, and without one zxp refuses to start', async () => {
    const { exitCode, stderr } = await runBuilt(['--web.systemd-socket', '--upstream', 'http://127.0.0.1:9'], {
      environment: { LISTEN_PID: '1', LISTEN_FDS: '1' },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('zxp: error: --web.systemd-socket is set, and systemd passed no socket\n');
  });
});

test('a unix socket in a folder that does not exist refuses the start and says so', async () => {
  const path = join(forThisTest(makeTemporaryFolder()).path, 'none', 'zxp.sock');
  const flags = { upstream: 'http://127.0.0.1:9', 'web.listen-address': `unix:${path}` };
  await expect(startDaemon({ flags })).rejects.toMatchObject({
    code: 'listen',
    message: expect.stringContaining(`cannot listen on unix:${path}: the folder does not exist`),
  });
});
