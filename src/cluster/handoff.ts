import type { Socket } from 'node:net';
import type { Arrival } from '../model/exporter.js';
import type { Channel } from '../model/ports.js';
import { compileGuard } from '../schema/guard.js';

interface Offer {
  readonly kind: 'connection';
  readonly id: number;
  readonly arrival: Arrival;
}

interface Receipt {
  readonly kind: 'received';
  readonly id: number;
}

const offerGuard = compileGuard<Offer>({
  type: 'object',
  required: ['kind', 'id', 'arrival'],
  properties: {
    kind: { const: 'connection' },
    id: { type: 'integer' },
    arrival: {
      type: 'object',
      required: ['listener', 'isUnix', 'isHealth'],
      properties: { listener: { type: 'integer' }, isUnix: { type: 'boolean' }, isHealth: { type: 'boolean' } },
    },
  },
});

const receiptGuard = compileGuard<Receipt>({
  type: 'object',
  required: ['kind', 'id'],
  properties: { kind: { const: 'received' }, id: { type: 'integer' } },
});

/** Hands connections to one worker. */
export interface Handoff {
  /** Connections that the worker has not confirmed. */
  readonly pending: number;
  offer(socket: Socket, arrival: Arrival): void;
  /** The worker is gone: resets what it has not confirmed, which it may have read from. */
  abandon(): void;
}

/**
 * Connections on their way to the process at the other end of a channel. This process keeps its copy of each until the
 * other confirms it: a copy that is never closed would keep the client waiting forever when that process dies.
 */
export function createHandoff(channel: Channel): Handoff {
  const pending = new Map<number, Socket>();
  let lastId = 0;
  channel.onMessage((message) => {
    if (!receiptGuard.matches(message)) return;
    // Closes this process's copy alone.
    pending.get(message.id)?.destroy();
    pending.delete(message.id);
  });
  return {
    get pending() {
      return pending.size;
    },
    offer: (socket, arrival) => {
      lastId++;
      pending.set(lastId, socket);
      channel.send({ kind: 'connection', id: lastId, arrival } satisfies Offer, socket);
    },
    abandon: () => {
      for (const socket of pending.values()) socket.resetAndDestroy();
      pending.clear();
    },
  };
}

/** Calls back with each connection that the process at the other end offers. */
export function receiveConnections(channel: Channel, accept: (socket: Socket, arrival: Arrival) => void): void {
  channel.onMessage((message, socket) => {
    if (!offerGuard.matches(message)) return;
    channel.send({ kind: 'received', id: message.id } satisfies Receipt);
    // Absent where the client has left meanwhile.
    if (socket === undefined) return;
    // Clients may end their side with the request; node:net makes this an option of servers alone.
    socket.allowHalfOpen = true;
    accept(socket, message.arrival);
  });
}

/** Connections beyond this that wait for a worker are closed. */
const MAX_WAITING = 1024;

/** Gives each connection to the worker that has the fewest on their way, in turn; keeps them while there is none. */
export function createDispatcher(workers: () => readonly Handoff[]) {
  const waiting: { readonly socket: Socket; readonly arrival: Arrival }[] = [];
  let turn = 0;
  const choose = (): Handoff | undefined => {
    const all = workers();
    turn++;
    const inTurn = all.map((_, i) => all[(turn + i) % all.length]).filter((each) => each !== undefined);
    return inTurn.reduce<Handoff | undefined>(
      (best, each) => (best === undefined || each.pending < best.pending ? each : best),
      undefined,
    );
  };
  return {
    dispatch: (socket: Socket, arrival: Arrival) => {
      // A client that leaves is the worker's business.
      socket.on('error', () => undefined);
      const worker = choose();
      if (worker !== undefined) worker.offer(socket, arrival);
      else if (waiting.length < MAX_WAITING) waiting.push({ socket, arrival });
      else socket.destroy();
    },
    /** Gives what waits to the workers that there are now. */
    flush: () => {
      for (const { socket, arrival } of waiting.splice(0)) {
        const worker = choose();
        if (worker === undefined) waiting.push({ socket, arrival });
        else worker.offer(socket, arrival);
      }
    },
  };
}
