import { getEventListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createMemoryBudget } from '../../../src/async/memory-budget.js';
import { countBytes, joinBytes, listPieces } from '../../../src/model/bytes.js';
import { type ResponseHead, ResponseReader } from '../../../src/upstream/http/response-reader.js';

/** What undici gives with each call; the reader has no use for it. */
const connection = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

function open({ onHead = () => true }: { onHead?: (head: ResponseHead) => boolean } = {}) {
  const caller = new AbortController();
  let abandoned = 0;
  const reader = new ResponseReader({ signal: caller.signal, maxBytes: 4, onHead, abandon: () => abandoned++ });
  return {
    caller,
    reader,
    abandoned: () => abandoned,
    start: (statusCode: number, headers: IncomingHttpHeaders = {}) =>
      reader.onResponseStart(connection, statusCode, headers),
    send: (...chunks: readonly string[]) => {
      for (const chunk of chunks) reader.onResponseData(connection, Buffer.from(chunk));
    },
  };
}

const NOTHING = new Uint8Array(0);

describe('a reply', () => {
  test.each([
    [['ab', 'cd'], 'abcd'],
    [['abcd'], 'abcd'],
    [[], ''],
  ])('whose chunks are %j has the body %j', async (chunks, body) => {
    const { reader, start, send, abandoned } = open();
    reader.onRequestStart();
    start(200, { server: 'x' });
    send(...chunks);
    reader.onResponseEnd();
    const reply = await reader.reply;
    expect(reply).toMatchObject({ statusCode: 200, headers: { server: 'x' } });
    expect(Buffer.from(joinBytes(reply.body ?? Buffer.from('none'))).toString()).toBe(body);
    expect(abandoned()).toBe(0);
  });

  test('may be announced by others before it', async () => {
    const { reader, start } = open();
    start(103, { link: '</a>' });
    expect(reader.statusCode).toBeUndefined();
    start(200);
    expect(reader.statusCode).toBe(200);
    reader.onResponseEnd();
    expect((await reader.reply).statusCode).toBe(200);
  });

  test.each([
    ['is given up while more is to come', [], 1],
    ['is kept where all of it came at once', ['end'], 0],
  ] as const)('has no body where that is not wanted; its connection %s', async (_, [end], count) => {
    const { reader, start, send, abandoned } = open({ onHead: ({ statusCode }) => statusCode === 200 });
    start(500);
    send('what comes with the head');
    if (end !== undefined) reader.onResponseEnd();
    expect(await reader.reply).toEqual({ statusCode: 500, headers: {}, body: undefined });
    expect(abandoned()).toBe(count);
    send('what comes still');
    reader.onResponseEnd();
    expect(abandoned()).toBe(count);
  });

  test.each(['5', '9007199254740993'])('that announces %s bytes is too large', async (length) => {
    const { reader, start, abandoned } = open();
    start(200, { 'content-length': length });
    expect(abandoned()).toBe(1);
    await expect(reader.reply).rejects.toMatchObject({ code: 'too_large' });
  });

  test.each([[{}], [{ 'content-length': '4' }], [{ 'content-length': 'x' }]])(
    'that announces %j is too large when it has more bytes',
    async (headers) => {
      const { reader, start, send, abandoned } = open();
      start(200, headers);
      send('abc', 'd');
      expect(abandoned()).toBe(0);
      send('e');
      expect(abandoned()).toBe(1);
      await expect(reader.reply).rejects.toMatchObject({ code: 'too_large' });
    },
  );

  test('fails as its connection does, and as whoever looks at its head says', async () => {
    const cut = open();
    cut.start(200);
    cut.reader.onResponseError(connection, new Error('cut'));
    await expect(cut.reader.reply).rejects.toThrow('cut');
    const refused = open({
      onHead: () => {
        throw new Error('not this one');
      },
    });
    refused.start(407);
    expect(refused.abandoned()).toBe(1);
    await expect(refused.reader.reply).rejects.toThrow('not this one');
  });
});

describe('the signal', () => {
  const gone = new Error('gone');

  test('ends a reply under way, and its connection', async () => {
    const { reader, start, caller, abandoned } = open();
    start(200);
    caller.abort(gone);
    expect(abandoned()).toBe(1);
    reader.onResponseEnd();
    await expect(reader.reply).rejects.toBe(gone);
  });

  test('keeps a request from its connection', async () => {
    const { reader, caller } = open();
    caller.abort(gone);
    await expect(reader.reply).rejects.toBe(gone);
    expect(() => reader.onRequestStart()).toThrow('given up');
  });

  test.each([
    ['complete', ({ reader }) => reader.onResponseEnd()],
    ['cut', ({ reader }) => reader.onResponseError(connection, new Error('cut'))],
    ['too large', ({ send }) => send('abcde')],
  ] satisfies [string, (opened: ReturnType<typeof open>) => void][])(
    'is let go of when a reply is %s',
    async (_, end) => {
      const opened = open();
      opened.start(200);
      expect(getEventListeners(opened.caller.signal, 'abort')).toHaveLength(1);
      end(opened);
      await opened.reader.reply.catch(() => undefined);
      expect(getEventListeners(opened.caller.signal, 'abort')).toEqual([]);
    },
  );
});

describe('a body that is not small', () => {
  const MEGABYTE = Buffer.alloc(1_000_000);

  test('is not read on while there is no memory for it, and is whole in the end', async () => {
    const budget = createMemoryBudget(1_500_000);
    const other = budget.open();
    other.tryGrow(1_000_000);
    const lease = budget.open();
    const calls: string[] = [];
    const paused = { ...connection, pause: () => calls.push('pause'), resume: () => calls.push('resume') };
    const reader = new ResponseReader({
      signal: new AbortController().signal,
      maxBytes: 10_000_000,
      onHead: () => true,
      openLease: () => lease,
      abandon: () => undefined,
    });
    reader.onResponseStart(paused, 200, {});
    reader.onResponseData(paused, MEGABYTE);
    reader.onResponseData(paused, MEGABYTE);
    expect(calls).toEqual(['pause']);
    expect(budget.usedBytes).toBe(1_000_000);
    other.release();
    await expect.poll(() => calls).toEqual(['pause', 'resume']);
    expect(budget.usedBytes).toBe(2_000_000);
    reader.onResponseEnd();
    expect(countBytes((await reader.reply).body ?? NOTHING)).toBe(2_000_000);
  });

  test.each([
    ['of a MiB is one piece', 2 ** 20, [2 ** 20]],
    ['of more is pieces of a MiB', 2 ** 20 + 1, [2 ** 20, 1]],
    ['of three MiB is three pieces', 3 * 2 ** 20, [2 ** 20, 2 ** 20, 2 ** 20]],
    ['of 3 MB is pieces, the last of which is shorter', 3_000_000, [2 ** 20, 2 ** 20, 902_848]],
  ])('%s', async (_, sent, lengths) => {
    const reader = new ResponseReader({
      signal: new AbortController().signal,
      maxBytes: 20_000_000,
      onHead: () => true,
      abandon: () => undefined,
    });
    const whole = Buffer.from(Array.from({ length: sent }, (_each, i) => i % 251));
    reader.onResponseStart(connection, 200, {});
    for (let at = 0; at < sent; at += 65_000) reader.onResponseData(connection, whole.subarray(at, at + 65_000));
    reader.onResponseEnd();
    const { body = NOTHING } = await reader.reply;
    expect(listPieces(body).map((piece) => piece.length)).toEqual(lengths);
    expect(whole.equals(joinBytes(body))).toBe(true);
  });

  test('is accounted for, and a small one is not', async () => {
    for (const [bytes, accounted] of [
      [60_000, 0],
      [70_000, 70_000],
    ] as const) {
      const budget = createMemoryBudget(1_000_000);
      const openLease = () => budget.open();
      const signal = new AbortController().signal;
      const reader = new ResponseReader({
        signal,
        maxBytes: 1e6,
        onHead: () => true,
        openLease,
        abandon: () => undefined,
      });
      reader.onResponseStart(connection, 200, {});
      reader.onResponseData(connection, Buffer.alloc(bytes));
      expect(budget.usedBytes).toBe(accounted);
    }
  });
});
