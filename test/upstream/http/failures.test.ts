import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe } from 'vitest';
import { testFailingScrapes } from '../../support/failing-scrapes.js';
import { findClosedPort, healthyDocument, reply } from '../../support/hostile-upstream.js';
import type { ThrowawayCertificates } from '../../support/throwaway-certificates.js';

/** A quarter of a second, once zxp has taken half of one off for the way back. */
const shortDeadline = { 'x-prometheus-scrape-timeout-seconds': '0.75' };

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const halfDocument = healthyDocument.slice(0, 40);
const halfReply = reply(healthyDocument).subarray(0, -40);
const halfReplyThatCloses = reply(healthyDocument, ['Connection: close']).subarray(0, -40);

/** Ends the connection with RST, once what was written before is on its way. */
function writeAndReset(socket: Socket, text: string | Uint8Array): void {
  socket.write(text, () => socket.resetAndDestroy());
}

/** Sends the text again and again for as long as the other side is there. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.once('close', () => clearInterval(timer));
}

describe('connecting', () => {
  testFailingScrapes([
    {
      title: 'a port on which nobody listens',
      reason: 'connect',
      statusCode: 0,
      elsewhere: async () => `http://127.0.0.1:${await findClosedPort()}`,
    },
    {
      title: 'a name that does not exist',
      reason: 'dns',
      statusCode: 0,
      elsewhere: async () => 'http://zot.invalid:8080',
    },
  ]);
});

describe('a reply that is cut short', () => {
  testFailingScrapes([
    {
      title: 'a connection closed without a byte',
      reason: 'closed',
      statusCode: 0,
      answer: (socket) => socket.end(),
    },
    {
      title: 'a connection reset without a byte',
      reason: 'closed',
      statusCode: 0,
      answer: (socket) => socket.resetAndDestroy(),
    },
    {
      title: 'a reset while the head is sent',
      reason: 'closed',
      statusCode: 0,
      answer: (socket) => writeAndReset(socket, 'HTTP/1.1 200 OK\r\nContent-Le'),
    },
    {
      title: 'a connection closed while the head is sent',
      reason: 'closed',
      statusCode: 0,
      answer: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le'),
    },
    {
      title: 'a reset while the body is sent',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => writeAndReset(socket, halfReply),
    },
    {
      title: 'a reset while the body of a last reply is sent',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => writeAndReset(socket, halfReplyThatCloses),
    },
    {
      // Its end is the end of the connection: nothing but the document can say that this is not all of it.
      title: 'a connection closed while a body without a length is sent',
      reason: 'decode',
      statusCode: 200,
      answer: (socket) => socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${halfDocument}`),
    },
    {
      title: 'a body shorter than its Content-Length',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => socket.end(halfReply),
    },
    {
      title: 'a last body shorter than its Content-Length',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => socket.end(halfReplyThatCloses),
    },
    {
      title: 'a whole document under a Content-Length that says more',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${healthyDocument}`),
    },
    {
      title: 'a chunked body without its last chunk',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => socket.end(`${CHUNKED}\r\n${chunk(healthyDocument)}`),
    },
    {
      title: 'a last chunked body without its last chunk',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => socket.end(`${CHUNKED}Connection: close\r\n\r\n${chunk(healthyDocument)}`),
    },
    {
      title: 'a chunk cut in its middle',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) => socket.end(`${CHUNKED}\r\n${chunk(healthyDocument).slice(0, 50)}`),
    },
    {
      title: 'a chunk cut in its middle by a reset',
      reason: 'closed',
      statusCode: 200,
      answer: (socket) =>
        writeAndReset(socket, `${CHUNKED}Connection: close\r\n\r\n${chunk(healthyDocument).slice(0, 50)}`),
    },
  ]);
});

describe('a reply that does not come in time', () => {
  testFailingScrapes([
    {
      title: 'silence',
      reason: 'timeout',
      statusCode: 0,
      answer: () => undefined,
      headers: shortDeadline,
    },
    {
      title: 'silence after the head',
      reason: 'timeout',
      statusCode: 200,
      answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'),
      headers: shortDeadline,
    },
    {
      title: 'a head that drips past the deadline',
      reason: 'timeout',
      statusCode: 0,
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        drip(socket, 'a: b\r\n');
      },
      headers: shortDeadline,
    },
    {
      title: 'early hints that never end',
      reason: 'timeout',
      statusCode: 0,
      answer: (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
      headers: shortDeadline,
    },
    {
      title: 'a body that drips past the deadline',
      reason: 'timeout',
      statusCode: 200,
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
        drip(socket, ' ');
      },
      headers: shortDeadline,
    },
    {
      title: 'a chunked body that drips past the deadline',
      reason: 'timeout',
      statusCode: 200,
      answer: (socket) => {
        socket.write(`${CHUNKED}\r\n`);
        drip(socket, chunk(' '));
      },
      headers: shortDeadline,
    },
    {
      title: 'silence in place of a TLS handshake',
      reason: 'timeout',
      statusCode: 0,
      behaveWithTls: () => ({ accept: (socket) => socket.resume() }),
      headers: shortDeadline,
      flags: { 'upstream.connect-timeout': '60s' },
    },
    {
      title: 'silence in place of a TLS handshake for longer than connecting may take',
      reason: 'connect',
      statusCode: 0,
      behaveWithTls: () => ({ accept: (socket) => socket.resume() }),
      flags: { 'upstream.connect-timeout': '300ms' },
    },
  ]);
});

describe('a reply that is not HTTP', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const rows: readonly (readonly [title: string, statusCode: number, text: string])[] = [
    ['the banner of another protocol', 0, 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a document without a head', 0, healthyDocument],
    ['a TLS alert', 0, '\x15\x03\x01\x00\x02\x02\x0a'],
    ['a status that is no number', 0, 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a head of more than 64 KiB', 0, `${head}${'Filler: 0123456789012345678901234567890123456789\r\n'.repeat(2000)}`],
    ['a header name with a space', 0, `${head}Content Length: 2\r\n\r\n{}`],
    ['a header with a NUL', 0, `${head}A: b\0c\r\nContent-Length: 2\r\n\r\n{}`],
    ['two lengths that differ', 0, `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `],
    ['a length that is no number', 0, `${head}Content-Length: 2x\r\n\r\n{}`],
    ['a negative length', 0, `${head}Content-Length: -2\r\n\r\n{}`],
    ['a length and chunks', 0, `${CHUNKED}Content-Length: 2\r\n\r\n${chunk('{}')}0\r\n\r\n`],
    ['a chunk size that is no number', 200, `${CHUNKED}\r\nxyz\r\n{}\r\n0\r\n\r\n`],
    ['a chunk longer than its size', 200, `${CHUNKED}\r\n1\r\n{}\r\n0\r\n\r\n`],
    ['a chunk size that overflows', 200, `${CHUNKED}\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n`],
    ['a status under 100', 0, 'HTTP/1.1 099 What\r\nContent-Length: 2\r\n\r\n{}'],
    ['a switch that names no protocol', 0, 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    [
      'a switch to another protocol',
      0,
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
  ];
  testFailingScrapes(
    rows.map(([title, statusCode, text]) => ({
      title,
      reason: 'protocol',
      statusCode,
      answer: (socket) => socket.write(text, 'latin1'),
    })),
  );
});

describe('TLS that cannot be trusted', () => {
  testFailingScrapes([
    {
      title: 'a self-signed certificate',
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: ({ selfSigned }) => ({ certificate: selfSigned }),
    },
    {
      title: 'an expired certificate',
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: ({ expired }) => ({ certificate: expired }),
    },
    {
      title: "another host's certificate",
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: ({ wrongHost }) => ({ certificate: wrongHost }),
    },
    {
      title: 'plain HTTP where TLS is expected',
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: () => ({ accept: (socket) => socket.resume().end(reply(healthyDocument)) }),
    },
    {
      title: 'a connection closed during the handshake',
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: () => ({ accept: (socket) => socket.once('data', () => socket.end()) }),
    },
    {
      title: 'a connection reset during the handshake',
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: () => ({ accept: (socket) => socket.once('data', () => socket.resetAndDestroy()) }),
    },
    {
      title: 'a server that wants a client certificate',
      reason: 'tls',
      statusCode: 0,
      behaveWithTls: wantClientCertificate,
    },
  ]);
});

function wantClientCertificate({ good, caFile }: ThrowawayCertificates) {
  const server = createTlsServer({ ...good, ca: caFile, requestCert: true, maxVersion: 'TLSv1.2' as const });
  server.on('tlsClientError', () => undefined);
  return { accept: (socket: Socket) => server.emit('connection', socket) };
}
