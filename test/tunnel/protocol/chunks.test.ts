import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkAssembler, splitIntoChunks } from '../../../src/tunnel/protocol/chunks.js';
import {
  type ChunkData,
  type ChunkPart,
  chunkedScrapeResponse,
  headerData,
  type SummaryData,
} from '../../../src/tunnel/protocol/messages.js';
import { messagesOf, readRecording } from '../../support/tunnel/recordings.js';

const MiB = 1024 * 1024;
const head = headerData.create({ scrapeId: 3n, statusCode: 200, zipped: true });

/** What an assembler gives for these parts, or the first fault. */
function assemble(parts: Iterable<ChunkPart>, maxBytes = 5 * MiB): Uint8Array | string {
  let assembler = new ChunkAssembler(head, maxBytes);
  for (const part of parts) {
    if (part.kind === 'header') assembler = new ChunkAssembler(part.header, maxBytes);
    if (part.kind === 'chunk') {
      const fault = assembler.add(part.chunk);
      if (fault !== undefined) return fault;
    }
    if (part.kind === 'summary') {
      const whole = assembler.finish(part.summary);
      return 'fault' in whole ? whole.fault : whole.bytes;
    }
  }
  return 'unfinished';
}

/** The parts of one body, with changes to the second chunk and to the summary. */
function damaged(changes: { chunk?: Partial<ChunkData>; summary?: Partial<SummaryData> }): readonly ChunkPart[] {
  return [...splitIntoChunks(head, Buffer.alloc(100, 'abc'), 40)].map((part) => {
    if (part.kind === 'chunk' && part.chunk.count === 2) return { ...part, chunk: { ...part.chunk, ...changes.chunk } };
    if (part.kind === 'summary') return { ...part, summary: { ...part.summary, ...changes.summary } };
    return part;
  });
}

describe('a response in chunks', () => {
  test('comes out as it went in, whatever the size of the chunks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 500 }), (body, chunkBytes) => {
        expect(Buffer.from(assemble(splitIntoChunks(head, body, chunkBytes)))).toEqual(Buffer.from(body));
      }),
    );
  });

  test.each([
    [0, 0],
    [1, 1],
    [32_767, 1],
    [32_768, 1],
    [32_769, 2],
    [65_536, 2],
  ])('of %i bytes has %i chunks', (size, count) => {
    const parts = [...splitIntoChunks(head, Buffer.alloc(size))];
    expect(parts.filter((part) => part.kind === 'chunk')).toHaveLength(count);
    expect(parts.at(-1)).toMatchObject({ kind: 'summary', summary: { chunkCount: count, byteCount: size } });
  });

  test.each([
    ['a wrong checksum', { chunk: { checksum: 1n } }, 'checksum'],
    ['a checksum beyond 32 bits', { chunk: { checksum: 2n ** 40n } }, 'checksum'],
    ['a gap in the numbers', { chunk: { count: 3 } }, 'order'],
    ['a number twice', { chunk: { count: 1 } }, 'order'],
    ['a byte count above the bytes', { chunk: { byteCount: 41 } }, 'byte_count'],
    ['a negative byte count', { chunk: { byteCount: -1 } }, 'byte_count'],
    ['a summary with another checksum', { summary: { checksum: 5n } }, 'summary'],
    ['a summary with another count', { summary: { chunkCount: 2 } }, 'summary'],
    ['a summary with other bytes', { summary: { byteCount: 99 } }, 'summary'],
  ])('with %s is refused', (_name, changes, fault) => {
    expect(assemble(damaged(changes))).toBe(fault);
  });

  test('is refused at the chunk that takes it over the limit, and not before', () => {
    const chunks = (size: number) => splitIntoChunks(head, Buffer.alloc(size));
    expect(assemble(chunks(5 * MiB))).toHaveLength(5 * MiB);
    expect(assemble(chunks(5 * MiB + 1))).toBe('too_large');
  });

  test('does not keep the bytes beyond its byte count', () => {
    const assembler = new ChunkAssembler(head, 5 * MiB);
    const padded = { scrapeId: 3n, count: 1, byteCount: 1, checksum: 0x8cdc1683n, bytes: Buffer.alloc(MiB, 'x') };
    expect(assembler.add(padded)).toBeUndefined();
    expect(assembler.size).toBe(1);
  });

  test('that the real agent sent is put together and unzips', () => {
    const parts = messagesOf(readRecording('03'))
      .filter(({ method, sender }) => method === 'writeChunkedResponsesToProxy' && sender === 'agent')
      .flatMap(({ hex }) => chunkedScrapeResponse.decode(Buffer.from(hex, 'hex')).part ?? []);
    const bodies = [1n, 3n].map((id) => assemble(parts.filter((part) => scrapeIdOf(part) === id)));
    expect(bodies.map((body) => gunzipSync(Buffer.from(body)).length)).toEqual([2600, 1280]);
  });
});

function scrapeIdOf(part: ChunkPart): bigint {
  if (part.kind === 'header') return part.header.scrapeId;
  return part.kind === 'chunk' ? part.chunk.scrapeId : part.summary.scrapeId;
}
