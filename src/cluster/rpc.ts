import { toZxpError, type ZxpError } from '../model/errors.js';
import type { Channel } from '../model/ports.js';
import { compileGuard } from '../schema/guard.js';
import { fromWire, toWire, type WireError, wireErrorSchema } from './error-dto.js';

/** What a process answers to each question that it may be asked. What it throws is thrown at the asker's. */
export type Answers = Readonly<Record<string, (asked: unknown) => Promise<unknown>>>;

export interface Peer {
  /** Rejects with what the other process threw, or with the reason of `abandon`. */
  ask(name: string, asked?: unknown): Promise<unknown>;
  /** Gives up on every answer that is not there yet, and on those to come. */
  abandon(reason: ZxpError): void;
}

/** A question, or the answer to the question of the same number. */
type Message =
  | { readonly kind: 'question'; readonly id: number; readonly name: string; readonly asked?: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError };

const message = compileGuard<Message>({
  type: 'object',
  required: ['kind', 'id'],
  properties: { id: { type: 'integer' } },
  oneOf: [
    { properties: { kind: { const: 'question' }, name: { type: 'string' } }, required: ['name'] },
    { properties: { kind: { const: 'answer' } } },
    { properties: { kind: { const: 'failure' }, error: wireErrorSchema }, required: ['error'] },
  ],
});

/** Asks the process at the other end of a channel, and answers it. Messages that are no such thing are not looked at. */
export function openPeer(channel: Channel, answers: Answers): Peer {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: ZxpError) => void }>();
  let lastId = 0;
  let gone: ZxpError | undefined;

  const answer = async (id: number, name: string, asked: unknown): Promise<Message> => {
    try {
      return { kind: 'answer', id, value: await answers[name]?.(asked) };
    } catch (thrown) {
      return { kind: 'failure', id, error: toWire(toZxpError(thrown)) };
    }
  };
  channel.onMessage((received) => {
    if (!message.matches(received)) return;
    if (received.kind === 'question') {
      void answer(received.id, received.name, received.asked).then((reply) => {
        if (gone === undefined) channel.send(reply);
      });
      return;
    }
    const asker = waiting.get(received.id);
    waiting.delete(received.id);
    if (received.kind === 'answer') asker?.resolve(received.value);
    else asker?.reject(fromWire(received.error));
  });
  return {
    ask: (name, asked) =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        lastId++;
        waiting.set(lastId, { resolve, reject });
        channel.send({ kind: 'question', id: lastId, name, asked });
      }),
    abandon: (reason) => {
      gone = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}
