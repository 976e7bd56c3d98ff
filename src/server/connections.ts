import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Ends those without a request under way, from this side alone: a client that does not hang up holds nothing up. */
  closeIdle(): void;
  /** Ends one on which nothing has moved for long, unless its client waits for an answer. */
  closeStalled(socket: Socket): void;
}

/** Counts the requests under way on each open connection; `opened` is the event of a connection that can carry some. */
export function trackConnections(server: Server, opened: 'connection' | 'secureConnection'): Connections {
  const underWay = new Map<Socket, number>();
  const closeIdle = () => {
    for (const [socket, count] of underWay) if (count <= 0) socket.destroySoon();
  };
  server.on(opened, (socket: Socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  // Before the app, which may have answered by the time that it returns.
  server.prependListener('request', ({ socket }, response) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    if (!server.listening) response.setHeader('connection', 'close');
    response.once('close', () => {
      const count = underWay.get(socket);
      if (count !== undefined) underWay.set(socket, count - 1);
      if (!server.listening) closeIdle();
    });
  });
  return {
    closeIdle,
    closeStalled: (socket) => {
      const isWaiting = (underWay.get(socket) ?? 0) > 0 && socket.writableLength === 0;
      if (!isWaiting) socket.destroy();
    },
  };
}
