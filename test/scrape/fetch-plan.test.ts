import { expect, test } from 'vitest';
import { CancellationSource } from '../../src/async/cancellation.js';
import { FetchRecord } from '../../src/model/fetch-record.js';
import type { UpstreamClient } from '../../src/model/ports.js';
import { compileFetchPlan } from '../../src/modules/fetch-plan.js';
import { withFetchPlan } from '../../src/scrape/fetch-plan.js';
import { measureHeap } from '../support/heap-size.js';

const limits = {
  bodyBytes: 64 * 1024 * 1024,
  depth: 512,
  nodes: 2_500_000,
  series: 1_000_000,
  labels: 64,
  labelLength: 4096,
};

const where = 'zxp.yml:1';

/** A plan for pages by their number. */
async function planPages(max: number) {
  const plan = await compileFetchPlan(
    {
      pages: { where, items: { path: '{.items}', where }, next: { kind: 'page', param: 'page', start: 1 }, max },
      follow: undefined,
    },
    [],
  );
  if (plan === undefined) throw new Error('the plan does not compile');
  return plan;
}

test('100 pages of 10,000 elements are one document within the limits, and none of them is kept as objects', async () => {
  const page = JSON.stringify({ items: Array.from({ length: 10_000 }, (_, i) => ({ id: i % 10, size: 1 })) });
  const heapBytes: number[] = [];
  const client: UpstreamClient = async ({ url }) => {
    const number = Number(url.searchParams.get('page'));
    if (number % 45 === 10) heapBytes.push(measureHeap());
    return { statusCode: 200, body: Buffer.from(number <= 100 ? page : '{"items": []}') };
  };
  const record = new FetchRecord(() => 0);
  const { body } = await withFetchPlan(
    client,
    await planPages(101),
    limits,
  )({
    url: new URL('http://api.example/list'),
    headers: [],
    signal: new CancellationSource(),
    maxBodyBytes: limits.bodyBytes,
    record,
  });
  const { items } = JSON.parse(Buffer.from(body).toString());
  expect(items).toHaveLength(1_000_000);
  expect(items.at(-1)).toEqual({ id: 9, size: 1 });
  expect(record.requests?.made).toBe(101);
  const [early = 0, middle = 0, late = 0] = heapBytes;
  // 45 parsed pages would be 30 MiB.
  expect(middle - early).toBeLessThan(4 * 1024 * 1024);
  expect(late - middle).toBeLessThan(4 * 1024 * 1024);
}, 60_000);

test('the memory of each response is given back before the next request, whether the list is complete or not', async () => {
  for (const last of ['{"items": []}', '<html>']) {
    const held = new Set<string>();
    const heldAtRequests: number[] = [];
    const client: UpstreamClient = async ({ url }) => {
      const page = url.searchParams.get('page') ?? '';
      heldAtRequests.push(held.size);
      held.add(page);
      const body = Buffer.from(page === '3' ? last : '{"items": [1]}');
      return { statusCode: 200, body, release: () => void held.delete(page) };
    };
    const fetched = withFetchPlan(
      client,
      await planPages(9),
      limits,
    )({
      url: new URL('http://api.example/list'),
      headers: [],
      signal: new CancellationSource(),
      maxBodyBytes: limits.bodyBytes,
    });
    await fetched.catch(() => undefined);
    // One that waits for memory would wait for itself.
    expect(heldAtRequests).toEqual([0, 0, 0]);
    expect(held.size).toBe(0);
  }
});
