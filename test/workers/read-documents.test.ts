import { afterAll, describe, expect, test } from 'vitest';
import { CancellationSource } from '../../src/async/cancellation.js';
import type { ReadTask } from '../../src/model/read-task.js';
import { compileDocumentPlans } from '../../src/modules/document-plans.js';
import { createDocumentReader } from '../../src/scrape/document-reader.js';
import { createRenderPool } from '../../src/workers/pool.js';
import { findWorker } from '../../src/workers/worker-url.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';
import { enlarge, readRecipe } from './scrape-both-ways.js';

const pool = createRenderPool({
  script: findWorker('render'),
  maxThreads: () => 1,
  heapBytes: 512 * 1024 * 1024,
  idleMs: 60_000,
});
afterAll(() => pool.close());

const recipe = readRecipe(`
modules:
  inventory:
    pages: { items: '{.items}', next: { cursor: '{.next}', param: c }, max: 3 }
    follow: { each: '{.items[*]}', url: 'items/{{ .id }}', max: 2 }
    discover: { each: '{.items[*]}', target: '{.host}', labels: { site: '{.site}' } }
    fail_if: [{ path: '{.error}', exists: true }]
    metrics: [{ name: n, path: '{.n}' }]
`);

/** Reads a document in this thread, and in one of its own. */
async function readBothWays(document: string, task: ReadTask) {
  const plans = await compileDocumentPlans(recipe, []);
  const renderer = pool.open(recipe);
  const read = async (inThread: typeof renderer.read | undefined) => {
    const reader = createDocumentReader(plans, { limits: usualLimits, now: () => 0, inThread });
    const body = new Uint8Array(enlarge(document));
    const found = reader({ body, task, signal: new CancellationSource(), timeLeftMs: 30_000 });
    return await found.then(
      (reading) => ({
        text: Buffer.from(reading.body).toString().trimEnd(),
        result: toPlain(reading.result),
        moved: body.length === 0,
      }),
      ({ code, message, hint }) => ({ failure: { code, message, hint }, moved: body.length === 0 }),
    );
  };
  const here = await read(undefined);
  const there = await read(renderer.read);
  renderer.close();
  expect([here.moved, there.moved]).toEqual([false, true]);
  return { here: { ...here, moved: true }, there };
}

/** Bytes as text, whatever class they are of. */
function toPlain(result: object): unknown {
  const showBytes = (_key: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  return JSON.parse(JSON.stringify(structuredClone(result), showBytes));
}

const url = 'http://api.example/v1/list?c=1';
const headers = [['link', '<x>; rel=next']] as const;
const response = { statusCode: 200, headers: [], params: {}, timeLeftMs: 30_000 };
const LIST = '{"next":"b","items":[{"id":1,"host":"a","site":"north"},{"id":123456789012345678901}],"n":1}';

const tasks: readonly (readonly [what: string, document: string, task: ReadTask])[] = [
  ['the first page of several', LIST, { kind: 'page', number: 1, url, headers }],
  ['the only page', '{"items":[1,2]}', { kind: 'page', number: 1, url, headers }],
  ['a later page', LIST, { kind: 'page', number: 2, url, headers }],
  ['a page with a byte order mark', `\ufeff${LIST}`, { kind: 'page', number: 2, url, headers }],
  ['a page whose list is null', '{"items":null}', { kind: 'page', number: 2, url, headers }],
  ['a page without a list', '{}', { kind: 'page', number: 2, url, headers }],
  ['a page whose list is none', '{"items":{}}', { kind: 'page', number: 2, url, headers }],
  ['a page whose cursor is none', '{"items":[1],"next":{}}', { kind: 'page', number: 2, url, headers }],
  ['a page that is no JSON', '{"items":[1,]}', { kind: 'page', number: 2, url, headers }],
  ['what follow requests', LIST, { kind: 'follow', url }],
  ['what follow requests of a list', '[]', { kind: 'follow', url }],
  ['too many elements of follow', '{"items":[{"id":1},{"id":2},{"id":3}]}', { kind: 'follow', url }],
  ['an element of follow that leaves its folder', '{"items":[{"id":".."}]}', { kind: 'follow', url }],
  ['an element of follow without what the URL needs', '{"items":[null]}', { kind: 'follow', url }],
  ['a follow-up document', '{"a":1}', { kind: 'check', what: 'request 1 of follow' }],
  ['a follow-up document that is no JSON', '<html>', { kind: 'check', what: 'request 1 of follow' }],
  ['targets', LIST, { kind: 'targets', response }],
  ['targets of a document that fails a check', '{"error":"x","items":[]}', { kind: 'targets', response }],
  ['targets where there are none', '{"items":3}', { kind: 'targets', response }],
];

describe('a thread reads what this thread reads, gives the document back, and fails with the same words', () => {
  test.each(tasks)('%s', async (_what, document, task) => {
    const { here, there } = await readBothWays(document, task);
    expect(there).toEqual(here);
  });
});
