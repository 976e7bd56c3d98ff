import { type FileHandle, readlink, realpath } from 'node:fs/promises';
import { unlessAborted } from '../../async/abort.js';
import { explainFileError, NotRegularError, noteLate, openRegularFile, refuseOverdue } from '../../files/read-file.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { type FailureReason, ZxpError } from '../../model/errors.js';
import { tooLarge } from '../../model/limits.js';
import type { UpstreamRequest, UpstreamResponse } from '../../model/ports.js';

/** Which files of this machine may be read. */
export interface LocalFiles {
  /** Paths that the configuration names: they may be links to anywhere. */
  readonly named: ReadonlySet<string>;
  /** Folders, with a slash at the end: what is read below one must really be there, wherever links lead. */
  readonly folders: readonly string[];
  /** How a file is opened; for reading, as a regular one, where it is not given. */
  readonly open?: (path: string) => Promise<FileHandle>;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a regular file in place of a request to a server. Throws `connect` where it cannot be opened, `forbidden` where zxp
 * may not read it, `blocked` for what is no regular file or lies outside of the folder that permits it, and `too_large`.
 */
export async function readLocalFile(
  path: string,
  request: UpstreamRequest,
  { named, folders, open = openRegularFile }: LocalFiles,
): Promise<UpstreamResponse> {
  const { signal, maxBodyBytes, validStatusCodes = [], record } = request;
  const folder = named.has(path) ? undefined : folders.find((each) => path.startsWith(each));
  if (record !== undefined) record.sent = [];
  record?.phases.enter('connect');
  const read = async () => {
    refuseOverdue(path);
    const handle = await open(path);
    try {
      if (folder !== undefined) await checkPlace(handle, path, folder);
      record?.phases.enter('transfer');
      return await readAll(handle, { maxBytes: maxBodyBytes, signal });
    } finally {
      await handle.close();
    }
  };
  const reading = read();
  const body = await unlessAborted(reading, signal).catch((thrown: unknown) => {
    if (signal.aborted) noteLate(path, reading);
    throw thrown instanceof Error && 'code' in thrown && !(thrown instanceof ZxpError) ? explain(thrown) : thrown;
  });
  return { statusCode: validStatusCodes[0] ?? 200, body };
}

/** Looks where the open file is, and not where its name leads by now. Only Linux tells that of an open file. */
async function checkPlace(handle: FileHandle, path: string, folder: string): Promise<void> {
  const place = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => realpath(path));
  if (place.startsWith(`${await realpath(folder)}/`)) return;
  throw new ZxpError('blocked', 'the file is a link to a place outside of the folder that is allowed', {
    hint: 'list the file itself in allow, if it is meant',
  });
}

async function readAll(
  handle: FileHandle,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: CancellationSignal },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(CHUNK_BYTES) });
    if (bytesRead === 0) return Buffer.concat(chunks, length);
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function explain(cause: Error & { readonly code: unknown }): ZxpError {
  if (cause instanceof NotRegularError) {
    return new ZxpError('blocked', 'the file is not a regular file', {
      hint: 'zxp reads no folders, pipes and devices',
    });
  }
  const code = String(cause.code);
  const reason: FailureReason = code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'connect';
  return new ZxpError(reason, `the file cannot be read: ${explainFileError(cause)}`, { cause });
}
