import { type ErrorCode, type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Channel } from '../model/ports.js';
import { compileGuard } from '../schema/guard.js';

/** What a process does on each request of the other. What it throws is thrown where the request was made. */
export type Handlers = Readonly<Record<string, (payload: unknown) => Promise<unknown>>>;

/** The process at the other end of a channel. */
export interface Peer {
  /** Rejects with what the other process threw, or with the reason of `abandon`. */
  request(name: string, payload?: unknown): Promise<unknown>;
  /** Gives up on every response that is missing, and on those to come. */
  abandon(reason: ZxpError): void;
}

/** A ZxpError between processes: all of it but its cause. */
export interface ErrorDto {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly problems: readonly Problem[];
}

const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'problems'],
  properties: { code: { type: 'string' }, message: { type: 'string' }, problems: { type: 'array' } },
};

/** Checks that a value is an error of another process. */
export const errorDto = compileGuard<ErrorDto>(errorSchema);

/** The error as plain data. */
export function toErrorDto({ code, message, hint, problems }: ZxpError): ErrorDto {
  return { code, message, hint, problems };
}

/** The error that plain data stands for. */
export function fromErrorDto({ code, message, ...rest }: ErrorDto): ZxpError {
  return new ZxpError(code, message, rest);
}

/** A request, or the response to the request of the same number. */
type Message =
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly payload?: unknown }
  | { readonly kind: 'response'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorDto };

const message = compileGuard<Message>({
  type: 'object',
  required: ['kind', 'id'],
  properties: { id: { type: 'integer' } },
  oneOf: [
    { properties: { kind: { const: 'request' }, name: { type: 'string' } }, required: ['name'] },
    { properties: { kind: { const: 'response' } } },
    { properties: { kind: { const: 'failure' }, error: errorSchema }, required: ['error'] },
  ],
});

/** Makes requests to the process at the other end of a channel, and handles its own. Other messages are ignored. */
export function openPeer(channel: Channel, handlers: Handlers): Peer {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: ZxpError) => void }>();
  let lastId = 0;
  let gone: ZxpError | undefined;

  const handle = async (id: number, name: string, payload: unknown): Promise<Message> => {
    try {
      return { kind: 'response', id, value: await handlers[name]?.(payload) };
    } catch (thrown) {
      return { kind: 'failure', id, error: toErrorDto(toZxpError(thrown)) };
    }
  };
  channel.onMessage((received) => {
    if (!message.matches(received)) return;
    if (received.kind === 'request') {
      void handle(received.id, received.name, received.payload).then((response) => {
        if (gone === undefined) channel.send(response);
      });
      return;
    }
    const requester = waiting.get(received.id);
    waiting.delete(received.id);
    if (received.kind === 'response') requester?.resolve(received.value);
    else requester?.reject(fromErrorDto(received.error));
  });
  return {
    request: (name, payload) =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        lastId++;
        waiting.set(lastId, { resolve, reject });
        channel.send({ kind: 'request', id: lastId, name, payload });
      }),
    abandon: (reason) => {
      gone = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}
