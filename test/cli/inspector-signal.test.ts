import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type BuiltProgram, startBuiltDaemon } from '../support/built-program.js';
import { eventually } from '../support/eventually.js';
import { forThisTest } from '../support/for-this-test.js';

/** The TCP ports that processes of this machine listen on; from /proc, as Linux has it. */
function isListening(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex} 00000000:0000 0A`).test(line));
}

const INSPECTOR_PORT = 9229;

/** Whether the kernel knows of a handler that is not Node's: it is the process that ignores the signal that counts. */
async function surviveSignal(zxp: BuiltProgram, pid: number): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  await eventually('it serves', async () => (await fetch(`${zxp.url}/-/healthy`)).status === 200);
}

test('SIGUSR1 opens no inspector, in the daemon and in its workers', async () => {
  const isTaken = isListening(INSPECTOR_PORT);
  const zxp = forThisTest(await startBuiltDaemon('--upstream', 'http://127.0.0.1:9', '--web.workers', '2'));
  const workers = readFileSync(`/proc/${zxp.pid}/task/${zxp.pid}/children`, 'utf8').split(' ').filter(Boolean);
  expect(workers).toHaveLength(2);
  for (const pid of [zxp.pid, ...workers.map(Number)]) await surviveSignal(zxp, pid);
  zxp.signal('SIGTERM');
  expect((await zxp.untilEnd()).exitCode).toBe(0);
  // Node says so on standard error.
  expect(zxp.stderr).not.toContain('Debugger listening');
  expect(isTaken || !isListening(INSPECTOR_PORT)).toBe(true);
});

test('the program handles SIGUSR1 before it loads anything', () => {
  const lines = readFileSync(new URL('../../bin/zxp', import.meta.url), 'utf8').split('\n');
  const code = lines.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('//'));
  expect(code[0]).toBe("process.on('SIGUSR1', () => {});");
});
