import type { Response } from 'express';
import { freeMemory } from '../async/free-memory.js';
import { createTurns } from '../async/turns.js';
import { type Compression, compressChunk, compressChunks } from '../exposition/compress.js';
import { formatRules } from '../exposition/format.js';
import type { ScrapeRegistry } from '../exposition/scrape-registry.js';
import type { ExpositionFormat } from '../model/metrics.js';

/** A caller that reads fast enough takes tens of megabytes without a turn of the event loop. */
const MAX_HELD_MS = 2;

/**
 * Sends what a registry gathered, in a format and a coding. One chunk is sent whole with its length; more are sent as the
 * caller reads them. Ends early, without an error, when the caller leaves, and closes the connection of one that takes
 * longer than `writeTimeoutMs`.
 */
export async function sendExposition(
  response: Response,
  registry: ScrapeRegistry,
  options: {
    readonly status: number;
    readonly format: ExpositionFormat;
    readonly compression: Compression;
    readonly writeTimeoutMs: number;
  },
): Promise<void> {
  const { format, compression } = options;
  response.statusCode = options.status;
  response.setHeader('content-type', formatRules[format].contentType);
  response.setHeader('vary', 'Accept, Accept-Encoding');
  if (compression !== 'identity') response.setHeader('content-encoding', compression);
  const chunks = registry.write(format);
  const first = await chunks.next();
  const second = await chunks.next();
  const timer = setTimeout(() => response.destroy(), options.writeTimeoutMs);
  try {
    if (first.done === true || second.done === true) {
      const body = first.value ?? Buffer.alloc(0);
      await sendWhole(response, compressChunk(body, compression));
      if (compression === 'identity' && response.writableFinished) freeMemory(body);
    } else {
      const all = prepend([first.value, second.value], chunks);
      // What a coder gives lies in its own buffers.
      const onSent = compression === 'identity' ? freeMemory : undefined;
      await sendChunks(response, compressChunks(all, compression, freeMemory), onSent);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Sends one chunk with its length. */
export async function sendWhole(response: Response, body: Buffer): Promise<void> {
  response.setHeader('content-length', body.length);
  response.end(body);
  if (!response.writableFinished) await untilOneOf(response, ['finish', 'close']);
}

/**
 * Sends chunks as the caller reads them; ends early, without complaint, when the caller goes away. `onSent` is told of each
 * chunk that the operating system has.
 */
export async function sendChunks(
  response: Response,
  chunks: AsyncIterable<Buffer>,
  onSent?: (chunk: Buffer) => void,
): Promise<void> {
  const takeTurn = createTurns(MAX_HELD_MS);
  for await (const chunk of chunks) {
    if (response.destroyed) return;
    response.write(chunk, (error) => {
      if (error === null || error === undefined) onSent?.(chunk);
    });
    if (response.writableNeedDrain) await untilOneOf(response, ['drain', 'close']);
    await takeTurn();
  }
  response.end();
  if (!response.writableFinished) await untilOneOf(response, ['finish', 'close']);
}

/** Resolves at the first of the events and leaves no listener. */
function untilOneOf(response: Response, events: readonly ('drain' | 'finish' | 'close')[]): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const settle = () => {
      for (const event of events) response.off(event, settle);
      resolve();
    };
    for (const event of events) response.once(event, settle);
  });
}

async function* prepend(
  head: readonly Buffer[],
  tail: Iterable<Buffer> | AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  yield* head;
  yield* tail;
}
