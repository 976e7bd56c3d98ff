import { describe, expect, test } from 'vitest';
import { createQueue, shareQueued } from '../../src/async/queue.js';

/** Work of which each run ends when the test says so. */
function holdRuns() {
  const runs: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const work = () => new Promise<void>((end, fail) => void runs.push({ end, fail }));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { runs, work, settle };
}

describe('shared work', () => {
  test('runs once for all calls that come before it begins, and once more for all that come while it runs', async () => {
    const { runs, work, settle } = holdRuns();
    const reload = shareQueued(createQueue(), work);
    const first = [reload(), reload()];
    await settle();
    const second = Array.from({ length: 50 }, reload);
    await settle();
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await Promise.all(first);
    await settle();
    expect(runs).toHaveLength(2);
    runs[1]?.end();
    await Promise.all(second);
    await settle();
    expect(runs).toHaveLength(2);
  });

  test('that fails fails for those who share it and nobody else', async () => {
    const { runs, work, settle } = holdRuns();
    const reload = shareQueued(createQueue(), work);
    const first = reload();
    await settle();
    const second = reload();
    runs[0]?.fail(new Error('first'));
    await expect(first).rejects.toThrow('first');
    await settle();
    runs[1]?.end();
    await expect(second).resolves.toBeUndefined();
  });

  test('waits for other work of its queue', async () => {
    const { runs, work, settle } = holdRuns();
    const enqueue = createQueue();
    const other = enqueue(work);
    const shared = [1, 2, 3].map(shareQueued(enqueue, work));
    await settle();
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await other;
    await settle();
    expect(runs).toHaveLength(2);
    runs[1]?.end();
    await Promise.all(shared);
  });
});
