import { ZxpError } from '../model/errors.js';

/** What is resident of Node's own program: pages of a file, which the kernel takes back when it needs them. */
const PROGRAM_BYTES = 40 * 1024 * 1024;

/** For what other threads take until they are asked next, and what is not in pages that are resident. */
const RESERVE_BYTES = 16 * 1024 * 1024;

/** How much is read and written between two looks at the memory of the process. */
const BYTES_BETWEEN = 256 * 1024;

/** The memory that a process may have and has, in bytes. */
export interface ProcessMemory {
  /** Undefined where nothing limits it. */
  readonly limit: number | undefined;
  readonly resident: () => number;
}

export const UNLIMITED: ProcessMemory = { limit: undefined, resident: () => 0 };

/**
 * Ends a scrape before the kernel ends the process. Bytes that are written are not in the heap, whose limit V8 minds by
 * itself.
 */
export class MemoryGuard {
  readonly #memory: ProcessMemory;
  #bytes = 0;

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  /** Told of all that is read and allocated; looks at the memory now and then. Throws `limit` where there is none left. */
  note(bytes: number): void {
    const { limit, resident } = this.#memory;
    if (limit === undefined) return;
    this.#bytes += bytes;
    if (this.#bytes < BYTES_BETWEEN) return;
    this.#bytes = 0;
    if (resident() <= limit + PROGRAM_BYTES - RESERVE_BYTES) return;
    throw new ZxpError('limit', `the scrape does not fit into the ${Math.floor(limit / 1024 / 1024)} MiB of memory`, {
      hint: 'give the container more memory, or expose fewer series or labels of the document',
    });
  }
}
