import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startBuiltDaemon } from '../support/built-program.js';
import { startJsonUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

/** Kibibytes of physical memory, as the kernel counts them: now, and at most so far. */
function readMemory(pid: number, key: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}

test('the first scrape takes a few megabytes: the HTTP parser of the upstream client is not optimized', async () => {
  const upstream = await startJsonUpstream({ Gauges: [{ Name: 'g', Value: 1 }] });
  const zxp = forThisTest(await startBuiltDaemon('--upstream', upstream.url));
  const before = readMemory(zxp.pid, 'VmRSS');
  expect(await (await fetch(`${zxp.url}/metrics`)).text()).toMatch(/^g 1$/m);
  // Time for what would optimize it, which begins with the first response and takes some 36 MB.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(readMemory(zxp.pid, 'VmHWM') - before).toBeLessThan(20 * 1024);
});
