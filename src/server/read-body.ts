import type { Request } from 'express';
import type { CancellationSignal } from '../model/cancellation.js';
import { callerLeft, ZxpError } from '../model/errors.js';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Until the last byte. */
  readonly timeoutMs: number;
}

/** The body of a request. Rejects with `too_large`, `timeout`, or `cancelled` where the caller leaves. */
export function readBody(
  request: Request,
  { maxBytes, timeoutMs, caller }: BodyLimits & { readonly caller: CancellationSignal },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
      request.off('data', take).off('end', end).off('error', leave);
      finish();
    };
    const fail = (error: ZxpError) =>
      settle(() => {
        // What is still to come is not kept.
        request.on('error', () => undefined).resume();
        reject(error);
      });
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) fail(new ZxpError('too_large', `the request is larger than ${maxBytes} bytes`));
      else chunks.push(chunk);
    };
    const end = () => settle(() => resolve(Buffer.concat(chunks, length)));
    const leave = () => fail(callerLeft());
    const timer = setTimeout(() => fail(new ZxpError('timeout', 'the request did not come in time')), timeoutMs);
    caller.addEventListener('abort', leave, { once: true });
    request.on('data', take).once('end', end).once('error', leave);
  });
}
