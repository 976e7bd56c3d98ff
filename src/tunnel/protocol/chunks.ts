import { crc32 } from 'node:zlib';
import { ByteCollector } from './byte-collector.js';
import type { ChunkData, ChunkPart, ResponseHead, SummaryData } from './messages.js';

/** A gzip of so many bytes or more goes in chunks, each of so many bytes at most. */
export const CHUNK_BYTES = 32 * 1024;

/** The messages of a response in chunks: its header, the chunks, the summary. `chunkBytes` is CHUNK_BYTES in real life. */
export function* splitIntoChunks(
  head: ResponseHead,
  gzip: Uint8Array,
  chunkBytes: number = CHUNK_BYTES,
): Generator<ChunkPart> {
  yield { kind: 'header', header: head };
  const { scrapeId } = head;
  let count = 0;
  let checksum = 0;
  for (let start = 0; start < gzip.length; start += chunkBytes) {
    const bytes = gzip.subarray(start, start + chunkBytes);
    checksum = crc32(bytes, checksum);
    count++;
    yield {
      kind: 'chunk',
      chunk: { scrapeId, count, byteCount: bytes.length, checksum: BigInt(checksum), bytes },
    };
  }
  const summary: SummaryData = { scrapeId, chunkCount: count, byteCount: gzip.length, checksum: BigInt(checksum) };
  yield { kind: 'summary', summary };
}

/** Why a response in chunks is not to be used. */
export type ChunkFault = 'byte_count' | 'order' | 'checksum' | 'too_large' | 'summary';

/** Puts the chunks of one response together and checks each; after a fault it is of no more use. */
export class ChunkAssembler {
  readonly head: ResponseHead;
  readonly #maxBytes: number;
  readonly #bytes = new ByteCollector();
  #count = 0;
  #checksum = 0;

  constructor(head: ResponseHead, maxBytes: number) {
    this.head = head;
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.#bytes.length;
  }

  add(chunk: ChunkData): ChunkFault | undefined {
    if (chunk.byteCount < 0 || chunk.byteCount > chunk.bytes.length) return 'byte_count';
    if (chunk.count !== this.#count + 1) return 'order';
    if (this.#bytes.length + chunk.byteCount > this.#maxBytes) return 'too_large';
    const bytes = chunk.bytes.subarray(0, chunk.byteCount);
    this.#checksum = crc32(bytes, this.#checksum);
    if (chunk.checksum !== BigInt(this.#checksum)) return 'checksum';
    this.#count++;
    this.#bytes.append(bytes);
    return undefined;
  }

  /** Everything, where the summary agrees with what came. */
  finish(summary: SummaryData): { readonly bytes: Uint8Array } | { readonly fault: ChunkFault } {
    const agrees =
      summary.chunkCount === this.#count &&
      summary.byteCount === this.#bytes.length &&
      summary.checksum === BigInt(this.#checksum);
    return agrees ? { bytes: this.#bytes.bytes() } : { fault: 'summary' };
  }
}
