import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ReadFileOptions {
  /** 1 MiB where it is not given. */
  readonly maxBytes?: number;
  /** Five seconds where it is not given. */
  readonly timeoutMs?: number;
  /** How the file is opened; for reading, as a regular one, where it is not given. */
  readonly open?: (path: string) => Promise<FileHandle>;
}

const MAX_BYTES = 1024 * 1024;

/** Of a configuration file, which may hold thousands of modules and targets. */
export const MAX_CONFIG_BYTES = 64 * 1024 * 1024;

const TIMEOUT_MS = 5000;
const CHUNK_BYTES = 64 * 1024;
const PIPE_POLL_MS = 10;

/** Why a file was not read where the system has no error of its own for it; `message` is meant for people. */
class FileProblem extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Why what was opened is not read: it is a folder, a pipe, a device or a socket. */
export class NotRegularError extends FileProblem {
  constructor() {
    super('EINVAL', 'not a regular file');
  }
}

/**
 * Reads a regular file in libuv's pool. A pipe, a device or a folder is refused without waiting for it. Rejects with the
 * system's error, or one whose message says what was wrong: not a regular file, larger than `maxBytes`, not read in time.
 */
export async function readRegularFile(path: string, options: ReadFileOptions = {}): Promise<Buffer> {
  const { open: openFile = openRegularFile } = options;
  return withinTime(path, options, async (isLate) => {
    const handle = await openFile(path);
    try {
      return await readAll(handle, options.maxBytes ?? MAX_BYTES, isLate);
    } finally {
      await handle.close();
    }
  });
}

/** The same as text, which must be UTF-8. A byte order mark is left out. */
export async function readTextFile(path: string, options?: ReadFileOptions): Promise<string> {
  return decodeUtf8(await readRegularFile(path, options));
}

/**
 * Reads a file of the command line once: a regular one, or a pipe to its end (`--config.file <(make-config)`). A pipe
 * into which nobody writes fails when the time is over.
 */
export async function readTextOnce(path: string, options: ReadFileOptions = {}): Promise<string> {
  let isPipe = false;
  const describe = (late: string) => (isPipe ? `a pipe, ${late}` : late);
  return withinTime(path, { ...options, describe }, async (isLate) => {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      isPipe = stats.isFIFO();
      if (!stats.isFile() && !isPipe) throw new NotRegularError();
      return decodeUtf8(await readAll(handle, options.maxBytes ?? MAX_BYTES, isLate, stats));
    } finally {
      await handle.close();
    }
  });
}

/** The names of what is in a folder, in no order. */
export function listFolder(path: string): Promise<readonly string[]> {
  return withinTime(path, {}, () => readdir(path));
}

/** Opens a regular file for reading, and nothing else: opening a device does things, and opening a pipe waits. */
export async function openRegularFile(path: string): Promise<FileHandle> {
  // O_NONBLOCK is what keeps a pipe from waiting for its other end; a regular file does not know it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((thrown: unknown) => {
    // A Unix socket, or a device without a driver.
    throw thrown instanceof Error && 'code' in thrown && thrown.code === 'ENXIO' ? new NotRegularError() : thrown;
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new NotRegularError();
}

/** The reason for which a file could not be read, for messages: `no such file or directory`. It repeats no path. */
export function explainFileError(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/^[A-Z]+: ([^,]+),.*$/s, '$1') : String(cause);
}

async function readAll(handle: FileHandle, maxBytes: number, isLate: () => boolean, stats?: Stats): Promise<Buffer> {
  const isPipe = stats?.isFIFO() === true;
  const chunks: Buffer[] = [];
  let length = 0;
  while (!isLate()) {
    const chunk = await readChunk(handle);
    if (chunk === undefined || (isPipe && chunk.length === 0 && length === 0)) {
      // A pipe that has nobody at its other end, or nothing to give, yet.
      await sleep(PIPE_POLL_MS);
      continue;
    }
    if (chunk.length === 0) break;
    length += chunk.length;
    if (length > maxBytes) throw new FileProblem('EFBIG', `larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** What there is to read; empty at the end, undefined where a pipe has nothing at the moment. */
async function readChunk(handle: FileHandle): Promise<Buffer | undefined> {
  try {
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES) });
    return buffer.subarray(0, bytesRead);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') return undefined;
    throw thrown;
  }
}

/**
 * How many tasks of a folder are not back although their time is over, as on a mount whose server is gone. Each holds one
 * of the four threads of libuv's pool, which are those of the process: no further task of such a folder begins.
 */
const overdue = new Map<string, number>();

interface WaitOptions extends Pick<ReadFileOptions, 'timeoutMs'> {
  /** What the message says of a file that was too late. */
  readonly describe?: (late: string) => string;
}

/** Runs a task on a file, which may have to wait for a file system that does not respond. Rejects when the time is over. */
export async function withinTime<T>(
  path: string,
  { timeoutMs = TIMEOUT_MS, describe = (late) => late }: WaitOptions,
  task: (isLate: () => boolean) => Promise<T>,
): Promise<T> {
  refuseOverdue(path);
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const running = task(() => isLate);
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      noteLate(path, running);
      reject(new FileProblem('ETIMEDOUT', describe(`not read within ${timeoutMs / 1000} s`)));
    }, timeoutMs);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What waits for nothing but a pipe ends by itself once it is late, and holds no thread. */
const GRACE_MS = 100;

/** Throws where a task of the same folder is not back although its time is over. */
export function refuseOverdue(path: string): void {
  if (overdue.has(dirname(path))) throw new FileProblem('ETIMEDOUT', 'the file system does not respond');
}

/** Notes a task on a file whose time is over, until it is back. */
export function noteLate(path: string, running: Promise<unknown>): void {
  const folder = dirname(path);
  const count = (by: number) => {
    const rest = (overdue.get(folder) ?? 0) + by;
    if (rest === 0) overdue.delete(folder);
    else overdue.set(folder, rest);
  };
  let isNoted = false;
  const timer = setTimeout(() => {
    isNoted = true;
    count(1);
  }, GRACE_MS).unref();
  const end = () => {
    clearTimeout(timer);
    if (isNoted) count(-1);
  };
  running.then(end, end);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileProblem('EILSEQ', `not UTF-8 text${guessEncoding(bytes)}`);
  }
}

/** What people save by mistake. */
function guessEncoding([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return ' but UTF-16: save it as UTF-8';
  // A SEQUENCE with a length of several bytes.
  if (first === 0x30 && second !== undefined && second > 0x80) return ' but DER: convert it to PEM with openssl';
  return '';
}
