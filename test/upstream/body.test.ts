import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { toConfigFile } from '../support/config-file.js';
import { openDaemon } from '../support/daemon.js';
import { expectFailure, expectHealthyScrape, testFailingScrapes } from '../support/failing-scrapes.js';
import { type Answer, healthyDocument, reply, startHostileUpstream } from '../support/hostile-upstream.js';

const MIB = 1024 ** 2;
const LIMIT = { 'limits.body-size': '64KiB' };
const tooMuch = Buffer.alloc(64 * 1024 + 1, ' ');

/** Blanks without end, as fast as they are taken. */
const pourChunks: Answer = (socket) => {
  const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pour);
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  pour();
};

describe('a reply over the limit', () => {
  testFailingScrapes([
    {
      title: 'a Content-Length over the limit',
      reason: 'too_large',
      statusCode: 200,
      answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n'),
      flags: LIMIT,
    },
    {
      title: 'a Content-Length beyond all numbers',
      reason: 'too_large',
      statusCode: 200,
      answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\n'),
      flags: LIMIT,
    },
    {
      title: 'a Content-Length over the limit and the body with it',
      reason: 'too_large',
      statusCode: 200,
      answer: (socket) => socket.write(reply(tooMuch)),
      flags: LIMIT,
    },
    {
      title: 'chunks without end',
      reason: 'too_large',
      statusCode: 200,
      answer: pourChunks,
      flags: LIMIT,
    },
    {
      title: 'a body without a length that is over the limit',
      reason: 'too_large',
      statusCode: 200,
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
        socket.end(tooMuch);
      },
      flags: LIMIT,
    },
    ...(
      [
        ['gzip', gzipSync(tooMuch)],
        ['deflate', deflateSync(tooMuch)],
        ['br', brotliCompressSync(tooMuch)],
      ] as const
    ).map(([coding, body]) => ({
      title: `a ${coding} reply that is over the limit once it is decompressed`,
      reason: 'too_large' as const,
      statusCode: 200,
      answer: (socket: Parameters<Answer>[0]) => socket.write(reply(body, [`Content-Encoding: ${coding}`])),
      flags: LIMIT,
    })),
  ]);

  test('an errors page over the limit is what its status says', async () => {
    const upstream = await startHostileUpstream();
    upstream.behave({ answer: (socket) => socket.write(reply(tooMuch, [], '500 Oops')) });
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url, ...LIMIT }) });
    try {
      expectFailure(await exporter.scrape(), { reason: 'status', statusCode: 500 });
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });

  test('a reply of exactly the limit is good, plain and compressed', async () => {
    const document = healthyDocument.padEnd(64 * 1024, ' ');
    const upstream = await startHostileUpstream();
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url, ...LIMIT }) });
    try {
      upstream.behave({ answer: (socket) => socket.write(reply(document)) });
      await expectHealthyScrape(exporter);
      upstream.behave({ answer: (socket) => socket.write(reply(gzipSync(document), ['Content-Encoding: gzip'])) });
      await expectHealthyScrape(exporter);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});

describe('a megabyte that inflates to a gigabyte', () => {
  test('is too_large, and costs less than 250 MB of memory', async () => {
    // gzip members follow each other (RFC 1952, 2.2): the same one a thousand times.
    const member = gzipSync(Buffer.alloc(MIB), { level: 9 });
    const bomb = Buffer.concat(Array.from({ length: 1024 }, () => member));
    expect(bomb.length).toBeLessThan(1.2 * MIB);
    const upstream = await startHostileUpstream();
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url }) });
    try {
      await expectHealthyScrape(exporter);
      upstream.behave({ answer: (socket) => socket.write(reply(bomb, ['Content-Encoding: gzip'])) });
      const before = process.memoryUsage().rss;
      let peak = before;
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().rss);
      }, 2);
      const answered = await exporter.scrape().finally(() => clearInterval(watch));
      expectFailure(answered, { reason: 'too_large', statusCode: 200 });
      expect(Math.max(peak, process.memoryUsage().rss) - before).toBeLessThan(250 * MIB);
      upstream.heal();
      await expectHealthyScrape(exporter);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});
