import { expect, test } from 'vitest';
import { runFlapping } from '../support/tunnel/flapping.js';
import { minutes } from './settings.js';

test(`${minutes} minutes of agents that come and go leave nothing behind`, async () => {
  const report = await runFlapping({
    agents: 20,
    pathsPerAgent: 50,
    durationMs: minutes * 60_000,
    maxLifeMs: 5000,
  });
  process.stdout.write(`${JSON.stringify({ ...report, statuses: Object.fromEntries(report.statuses) })}\n`);
  expect(report.mixed).toBe(0);
  expect(report.left).toMatchObject({
    agents: 0,
    connections: 0,
    streams: 0,
    pendingScrapes: 0,
    queuedRequests: 0,
    bufferedBytes: 0,
  });
  expect(report.heapGrowthBytes).toBeLessThan(30 * 1024 * 1024);
});
