import { expect, test } from 'vitest';
import { joinBytes } from '../../src/model/bytes.js';
import type { UpstreamRequest } from '../../src/model/ports.js';
import { createStaleStore } from '../../src/upstream/stale-responses.js';

const request = (authorization: string): UpstreamRequest => ({
  url: new URL('http://api.example/'),
  headers: [['authorization', authorization]],
  signal: new AbortController().signal,
  maxBodyBytes: 1,
});

test('the last good response is repeated to its own caller, by its own module, for as long as it may be', () => {
  let nowMs = 0;
  const open = createStaleStore({ now: () => nowMs, maxBytes: 100_000 });
  const store = open({ scope: 'm', maxAgeMs: 10_000 });
  store.keep(request('a'), { statusCode: 200, body: Buffer.from('1') }, 2);
  nowMs = 3000;
  const found = store.find(request('a'));
  expect(found?.ageSeconds).toBe(5);
  expect(Buffer.from(joinBytes(found?.response.body ?? Buffer.of())).toString()).toBe('1');
  expect(store.find(request('b'))).toBeUndefined();
  expect(open({ scope: 'other', maxAgeMs: 10_000 }).find(request('a'))).toBeUndefined();
  nowMs = 8000;
  expect(store.find(request('a'))).toBeDefined();
  nowMs = 8001;
  expect(store.find(request('a'))).toBeUndefined();
});
