import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startBuiltDaemon } from '../support/built-program.js';
import { answerGauges, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { runs } from '../support/runs.js';

const REQUESTS = runs(1600);
const AT_ONCE = 32;
/** A request that takes longer hangs: nothing here is slow. */
const HANGS_MS = 15_000;

function listChildren(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

type Outcome = 'response' | 'reset' | 'hangs';

/** One request on a connection of its own, to its end. */
function requestOnce(port: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setTimeout(HANGS_MS, () => {
      resolve('hangs');
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => resolve('reset'));
    socket.on('close', () =>
      resolve(received.endsWith('target_up 1\n') || received.includes('moon 1') ? 'response' : 'reset'),
    );
    socket.write('GET /metrics HTTP/1.1\r\nHost: zxp\r\nConnection: close\r\n\r\n');
  });
}

test(`of ${REQUESTS} requests while workers are killed each has a response or is reset, and none hangs`, {
  timeout: 120_000,
}, async () => {
  const upstream = forThisTest(await startStubUpstream((_request, response) => answerGauges(response, { moon: 1 })));
  const zxp = forThisTest(
    await startBuiltDaemon('--web.workers', '2', '--upstream', upstream.url, '--web.max-requests', '64'),
  );
  const port = Number(new URL(zxp.url).port);
  const outcomes = new Map<Outcome, number>();
  let started = 0;
  const run = async () => {
    while (started < REQUESTS) {
      started++;
      // While others are under way.
      if (started % 400 === 0) process.kill(listChildren(zxp.pid)[0] ?? 0, 'SIGKILL');
      const outcome = await requestOnce(port);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  expect(outcomes.get('hangs') ?? 0).toBe(0);
  expect(outcomes.get('response') ?? 0).toBeGreaterThan(REQUESTS - 4 * AT_ONCE);
});
