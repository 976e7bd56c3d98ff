import { expect, test } from 'vitest';
import { CancellationSource } from '../../src/async/cancellation.js';
import { joinBytes } from '../../src/model/bytes.js';
import { DropTally } from '../../src/model/drops.js';
import { ZxpError } from '../../src/model/errors.js';
import { FetchRecord } from '../../src/model/fetch-record.js';
import type { UpstreamClient } from '../../src/model/ports.js';
import { compileFetchPlan } from '../../src/modules/fetch-plan.js';
import { UpstreamCollector } from '../../src/scrape/collector.js';
import { createDocumentReader } from '../../src/scrape/document-reader.js';
import { withFetchPlan } from '../../src/scrape/fetch-plan.js';
import { measureHeap } from '../support/heap-size.js';
import { translatorOf } from '../translate/translate-at-once.js';

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
  const options = { limits, now: () => performance.now(), inThread: undefined };
  return { plan, read: createDocumentReader({ plan, discover: undefined }, options) };
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
  )({
    url: new URL('http://api.example/list'),
    headers: [],
    signal: new CancellationSource(),
    maxBodyBytes: limits.bodyBytes,
    record,
  });
  const { items } = JSON.parse(Buffer.from(joinBytes(body)).toString());
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

test.each([
  ['a first page without the list', '{"n": 1}', 'schema', 200],
  ['a second page that is not JSON', '{"items": [1]}', 'decode', 200],
  ['a second page that does not answer', '{"items": [2]}', 'connect', 0],
  ['more pages than max', '{"items": [3]}', 'limit', 200],
])('%s fails with the status of the response that it is about', async (_name, first, reason, statusCode) => {
  const bodies = [first, first.includes('3') ? first : '<html>', first];
  const client: UpstreamClient = async () => {
    if (bodies.length < 3 && first.includes('2')) throw new ZxpError('connect', 'refused');
    return { statusCode: 200, body: Buffer.from(bodies.shift() ?? '') };
  };
  const collector = new UpstreamCollector({
    url: new URL('http://api.example/list'),
    client: withFetchPlan(client, await planPages(2)),
    translator: translatorOf(() => ({ families: [], drops: new DropTally() })),
    limits,
    timeoutMs: 10_000,
    now: () => 0,
  });
  const { outcome } = await collector.collect({});
  expect(outcome).toMatchObject({ reason, statusCode });
});
