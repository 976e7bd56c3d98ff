import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Bytes, joinBytes } from '../model/bytes.js';

/** Below this it costs more than it gives. */
const MIN_BYTES = 4 * 1024;

let closedPort: MessagePort | undefined;

/**
 * Gives the memory of bytes back at once, which garbage collection would do later: V8 does not see how little a container
 * has. The bytes are empty afterwards. Nothing else that is still wanted may lie in their memory, and nothing may be reading
 * it: a write has to have called back. Bytes that take less than half of theirs stay, as Node's small buffers do.
 */
export function freeMemory({ buffer, byteLength }: ArrayBufferView): void {
  if (byteLength < MIN_BYTES || byteLength * 2 < buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  closedPort ??= openClosedPort();
  // The memory moves into a message that nobody gets.
  closedPort.postMessage(undefined, [buffer]);
}

/** Bytes in one piece. Others give their memory back piece by piece, and are empty afterwards. */
export function joinAndFree(bytes: Bytes): Uint8Array {
  return joinBytes(bytes, freeMemory);
}

function openClosedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}
