import { Writable } from 'node:stream';
import type { Response } from 'express';
import { expect, test } from 'vitest';
import { sendChunks } from '../../src/server/send-exposition.js';

/** A response whose caller takes everything at once, in a millisecond each. */
function respondToFastCaller(): Response {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      const start = performance.now();
      while (performance.now() - start < 1);
      done();
    },
  });
  return stream as unknown as Response;
}

async function* give(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

test('a caller that reads fast does not keep the event loop from others', async () => {
  let sent = 0;
  let sentAtTurn: number | undefined;
  setImmediate(() => {
    sentAtTurn = sent;
  });
  const chunks = Array.from({ length: 50 }, () => Buffer.alloc(1000));
  await sendChunks(respondToFastCaller(), give(chunks), () => {
    sent++;
  });
  expect(sent).toBe(50);
  expect(sentAtTurn).toBeLessThan(30);
});

test('says of no chunk that it was sent when its write fails', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the caller left')) });
  stream.on('error', () => undefined);
  const sent: Buffer[] = [];
  await sendChunks(stream as unknown as Response, give([Buffer.alloc(10), Buffer.alloc(10)]), (chunk) =>
    sent.push(chunk),
  );
  expect(sent).toEqual([]);
});
