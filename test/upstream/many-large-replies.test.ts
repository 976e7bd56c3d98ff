import { expect, test } from 'vitest';
import { createMemoryBudget } from '../../src/async/memory-budget.js';
import { countBytes } from '../../src/model/bytes.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { openClient } from './open-client.js';

const BODY = Buffer.alloc(1_000_000, 'x');
const SIGNAL = new AbortController().signal;

test('a hundred replies of a megabyte at once hold what the budget has, and one more', {
  timeout: 60_000,
}, async () => {
  const upstream = forThisTest(await startStubUpstream((_, response) => response.end(BODY)));
  const bodies = createMemoryBudget(4_000_000);
  const client = openClient({}, { maxConnections: 256, bodies });
  let most = 0;
  const once = async () => {
    const response = await client.ask(upstream.url, { signal: SIGNAL, maxBodyBytes: 2_000_000 });
    most = Math.max(most, bodies.usedBytes);
    await new Promise((resolve) => setImmediate(resolve));
    response.release?.();
    return countBytes(response.body);
  };
  const lengths = await Promise.all(Array.from({ length: 100 }, once));
  expect(new Set(lengths)).toEqual(new Set([BODY.length]));
  expect(most).toBeLessThanOrEqual(5_000_000);
  expect(bodies.usedBytes).toBe(0);
});
