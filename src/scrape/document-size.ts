import { ZxpError } from '../model/errors.js';

/**
 * Beyond this a document is rendered by a worker. One of this size blocks a thread for about 12 ms. Smaller ones cost a
 * third more CPU time in a worker: the thread that reads and sends makes little garbage of its own then, and collects
 * the buffers that pass through it by whole collections. From about 2 MiB on there is no such difference.
 */
export const LARGE_BODY_BYTES = 1024 * 1024;

/**
 * What JSON.parse takes of the heap for each byte, in the worst of documents: 26 for `{"3":1}` and for `[[[[1]]]]`, over
 * and over, in Node 20 and 24. With this much for each byte no document of 30 kinds made for it ended the process.
 * Those of exporters take 2 to 6.
 */
export const HEAP_BYTES_PER_BYTE = 28;

/**
 * Throws `limit` for a document that could take more than `heapBytes`. V8 ends the process where a parser runs out of
 * heap, in a worker too, so that nothing else can be done about it then.
 */
export function checkHeap(bodyBytes: number, heapBytes: number | undefined): void {
  if (heapBytes === undefined || bodyBytes * HEAP_BYTES_PER_BYTE <= heapBytes) return;
  const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
  const most = Math.floor(heapBytes / HEAP_BYTES_PER_BYTE / 1024 / 1024);
  throw new ZxpError('limit', `a reply of ${mebibytes(bodyBytes)} MiB may need more memory than there is`, {
    hint: `NODE_OPTIONS=--max-old-space-size=MEBIBYTES raises the heap, of which ${mebibytes(heapBytes)} MiB do for ${most} MiB`,
  });
}
