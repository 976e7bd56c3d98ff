import { ZxpError } from '../../model/errors.js';
import type { RpcStatus, StatusName } from './status.js';

/** What a unary or client-streaming call gives: a message, or the status that says why there is none. */
export type RpcReply<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly status: RpcStatus };

export function reply<Message>(message: Message): RpcReply<Message> {
  return { ok: true, message };
}

export function refuse<Message>(code: StatusName, message: string): RpcReply<Message> {
  return { ok: false, status: { code, message } };
}

/** The status that stands for an error of reading messages. */
export function statusOfError(thrown: unknown): RpcStatus {
  if (!(thrown instanceof ZxpError)) return { code: 'internal', message: 'internal error' };
  switch (thrown.code) {
    case 'too_large':
      return { code: 'resourceExhausted', message: thrown.message };
    case 'protocol':
      return { code: 'internal', message: thrown.message };
    case 'timeout':
      return { code: 'deadlineExceeded', message: thrown.message };
    case 'closed':
    case 'cancelled':
      return { code: 'cancelled', message: thrown.message };
    default:
      return { code: 'internal', message: 'internal error' };
  }
}
