import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';

const WAIT = { timeout: 10_000, interval: 10 };

/** A client that does just what a test says: it hangs up only when told to, and reads only if it is let. */
export interface RawConnection {
  send(text: string): void;
  /** What came so far, as latin1. */
  readonly received: string;
  /** Whether the other side has ended its half of the connection, or reset it. */
  readonly isEnded: boolean;
  /** Whether nothing can be sent to the other side any more: it has closed the connection, and has said so. */
  readonly isReset: boolean;
  untilReceived(text: string): Promise<void>;
  untilEnded(): Promise<void>;
  /** Needs something to be sent meanwhile. */
  untilReset(): Promise<void>;
  /** Begins to read, or reads on. */
  read(): void;
  close(): void;
}

/** Connects to `url`. With `isReading: false` nothing is taken from the socket until `read`. */
export async function openRawConnection(url: string, { isReading = true } = {}): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = await connectSocket(host, Number(port));
  let received = '';
  let isEnded = false;
  let isReset = false;
  const end = () => {
    isEnded = true;
  };
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('end', end).on('close', end).on('error', end);
  const noteReset = () => {
    isReset = true;
  };
  socket.on('error', noteReset).on('close', noteReset);
  if (!isReading) socket.pause();
  return {
    send: (text) => socket.write(text, 'latin1'),
    get received() {
      return received;
    },
    get isEnded() {
      return isEnded;
    },
    get isReset() {
      return isReset;
    },
    untilReset: async () => {
      await vi.waitUntil(() => isReset, WAIT);
    },
    untilReceived: async (text) => {
      await vi.waitUntil(() => received.includes(text), WAIT);
    },
    untilEnded: async () => {
      await vi.waitUntil(() => isEnded, WAIT);
    },
    read: () => socket.resume(),
    close: () => socket.destroy(),
  };
}

function connectSocket(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends bytes on a connection of their own and gives what came back until the other side ended it. */
export async function exchangeRaw(url: string, text: string): Promise<string> {
  const connection = await openRawConnection(url);
  try {
    connection.send(text);
    await connection.untilEnded();
    return connection.received;
  } finally {
    connection.close();
  }
}
