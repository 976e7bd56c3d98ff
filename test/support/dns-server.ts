import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What a name server has under a name: addresses; an absent name does not exist; `silence` is never answered. */
export type Zone = ReadonlyMap<string, readonly string[] | 'silence' | 'refuse'>;

export interface DnsServer {
  /** `address:port`. */
  readonly address: string;
  /** Names that were asked for, with their types, in order. */
  readonly queries: readonly string[];
  close(): void;
}

/** A name server on a free port of the loopback that knows A and AAAA (RFC 1035, RFC 3596). */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const queries: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { name, end } = readName(message);
    const type = message.readUInt16BE(end);
    queries.push(`${name} ${type === 28 ? 'AAAA' : 'A'}`);
    const found = zone.get(name);
    if (found === 'silence') return;
    const addresses = Array.isArray(found) ? found.filter((each) => each.includes(':') === (type === 28)) : [];
    const code = found === undefined ? 3 : found === 'refuse' ? 5 : 0;
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((each) => writeRecord(each, type));
    socket.send(Buffer.concat([head, message.subarray(12, end + 4), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, queries, close: () => socket.close() };
}

function readName(message: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function writeRecord(address: string, type: number): Buffer {
  const data =
    type === 1
      ? Buffer.from(address.split('.').map(Number))
      : Buffer.from(
          address
            .split(':')
            .map((group) => group.padStart(4, '0'))
            .join(''),
          'hex',
        );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
