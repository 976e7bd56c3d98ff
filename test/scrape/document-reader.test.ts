import { expect, test } from 'vitest';
import { CancellationSource } from '../../src/async/cancellation.js';
import { ZxpError } from '../../src/model/errors.js';
import type { ReadOrder, ThreadReader } from '../../src/model/read-task.js';
import { compileFetchPlan } from '../../src/modules/fetch-plan.js';
import { createDocumentReader } from '../../src/scrape/document-reader.js';
import { LARGE_BODY_BYTES } from '../../src/scrape/placement.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';

const where = 'zxp.yml:1';
const task = { kind: 'page' as const, number: 2, url: 'http://api.example/list?page=2', headers: [] };

/** A reader of pages whose list is at a path. */
async function open(items: string, inThread?: ThreadReader) {
  const next = { kind: 'page', param: 'page', start: 1 } as const;
  const spec = { pages: { where, items: { path: items, where }, next, max: 9 }, follow: undefined };
  const plan = await compileFetchPlan(spec, []);
  const options = { limits: usualLimits, now: () => performance.now(), inThread };
  const read = createDocumentReader({ plan, discover: undefined }, options);
  return (document: string, timeLeftMs = 10_000) =>
    read({ body: Buffer.from(document), task, signal: new CancellationSource(), timeLeftMs });
}

/** A thread that keeps what it is given, and gives back an empty page. */
function thread() {
  const orders: ReadOrder[] = [];
  const inThread: ThreadReader = async (order) => {
    orders.push(order);
    const result = {
      kind: 'page' as const,
      list: 'null' as const,
      next: undefined,
      elements: Buffer.of(),
      around: undefined,
    };
    return { body: Buffer.from('moved'), result };
  };
  return { orders, inThread };
}

const PAGE = '{"items":[{"id":1},{"id":2}]}';
/** A path with three descents visits millions of its values. */
const COSTLY = `{"items":[],"deep":${'{"name":"x","interfaces":['.repeat(250)}1${']}'.repeat(250)}}`;
const COSTLY_PATH = '$..interfaces..interfaces..nothing';

test('a document of a megabyte is read here, and a larger one in a thread', async () => {
  const { orders, inThread } = thread();
  const read = await open('{.items}', inThread);
  const small = await read(PAGE.padEnd(LARGE_BODY_BYTES));
  expect(small.result).toMatchObject({ list: 'array', next: 'http://api.example/list?page=3' });
  expect(Buffer.from(small.result.elements).toString()).toBe('{"id":1},{"id":2}');
  expect(orders).toEqual([]);
  const large = await read(PAGE.padEnd(LARGE_BODY_BYTES + 1));
  expect(orders).toHaveLength(1);
  expect(Buffer.from(large.body).toString()).toBe('moved');
  expect(large.result.list).toBe('null');
});

test('a small document whose path keeps the event loop is read in a thread', async () => {
  const { orders, inThread } = thread();
  const read = await open(COSTLY_PATH, inThread);
  expect((await read(COSTLY)).result.list).toBe('null');
  expect(orders.map(({ body }) => Buffer.from(body).toString())).toEqual([COSTLY]);
});

test('without threads a path ends with the time of the scrape', async () => {
  const read = await open(COSTLY_PATH);
  const start = performance.now();
  await expect(read(COSTLY, 50)).rejects.toMatchObject({ code: 'timeout' });
  expect(performance.now() - start).toBeLessThan(5000);
});

test('a deadline that ends a thread says that the response was complete', async () => {
  const read = await open('{.items}', async () => {
    throw new ZxpError('timeout', 'no complete reply within 1 s');
  });
  await expect(read(PAGE.padEnd(LARGE_BODY_BYTES + 1))).rejects.toMatchObject({
    code: 'timeout',
    message: 'the response was complete, but not translated in time',
  });
});
