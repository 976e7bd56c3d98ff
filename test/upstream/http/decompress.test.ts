import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../../src/upstream/http/decompress.js';
import { startExporterInFront } from '../../support/exporter-under-test.js';
import { testFailingScrapes } from '../../support/failing-scrapes.js';
import { healthyDocument, reply, startHostileUpstream } from '../../support/hostile-upstream.js';

const coded: readonly (readonly [name: string, headerLines: readonly string[], body: string | Uint8Array])[] = [
  ['identity, unsaid', [], healthyDocument],
  ['identity', ['Content-Encoding: identity'], healthyDocument],
  ['an empty coding', ['Content-Encoding:'], healthyDocument],
  ['gzip', ['Content-Encoding: gzip'], gzipSync(healthyDocument)],
  ['gzip in capitals', ['CONTENT-ENCODING: GZip'], gzipSync(healthyDocument)],
  ['x-gzip', ['Content-Encoding: x-gzip'], gzipSync(healthyDocument)],
  [
    'gzip of several members',
    ['Content-Encoding: gzip'],
    Buffer.concat([gzipSync(healthyDocument.slice(0, 20)), gzipSync(healthyDocument.slice(20))]),
  ],
  ['deflate in a zlib stream', ['Content-Encoding: deflate'], deflateSync(healthyDocument)],
  ['deflate without one', ['Content-Encoding: deflate'], deflateRawSync(healthyDocument)],
  ['deflate, stored', ['Content-Encoding: deflate'], deflateRawSync(healthyDocument, { level: 0 })],
  ['deflate in a zlib stream, stored', ['Content-Encoding: deflate'], deflateSync(healthyDocument, { level: 0 })],
  ['deflate in a small window', ['Content-Encoding: deflate'], deflateSync(healthyDocument, { windowBits: 9 })],
  ['br', ['Content-Encoding: br'], brotliCompressSync(healthyDocument)],
];

describe('the codings that zxp asks for', () => {
  test('all say the same', async () => {
    const upstream = await startHostileUpstream();
    const exporter = await startExporterInFront(upstream.url);
    const withoutDuration = (lines: readonly string[]) => lines.filter((line) => !line.includes('duration'));
    try {
      const plain = withoutDuration((await exporter.scrape()).samples);
      expect(plain).toContain('target_up 1');
      for (const [name, headerLines, body] of coded) {
        upstream.behave({ answer: (socket) => socket.write(reply(body, headerLines)) });
        expect(withoutDuration((await exporter.scrape()).samples), name).toEqual(plain);
      }
      expect(upstream.heads.every((head) => /^accept-encoding: gzip, deflate, br$/im.test(head))).toBe(true);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});

describe('a coding that cannot be undone', () => {
  const gzip = gzipSync(healthyDocument);
  const broken = Buffer.from(gzip).fill(0xff, 20, 30);
  const wrongChecksum = Buffer.from(gzip).fill(0x55, gzip.length - 8, gzip.length - 4);
  const rows: readonly (readonly [title: string, headerLines: readonly string[], body: string | Uint8Array])[] = [
    ['an unknown coding', ['Content-Encoding: zstd'], healthyDocument],
    ['a coding that names a property of every object', ['Content-Encoding: constructor'], healthyDocument],
    ['two codings in one header', ['Content-Encoding: gzip, br'], brotliCompressSync(gzip)],
    ['the same coding twice in two headers', ['Content-Encoding: gzip', 'Content-Encoding: gzip'], gzipSync(gzip)],
    ['gzip that is not', ['Content-Encoding: gzip'], healthyDocument],
    ['gzip with broken bytes', ['Content-Encoding: gzip'], broken],
    ['gzip with a wrong checksum', ['Content-Encoding: gzip'], wrongChecksum],
    ['gzip cut off in its data', ['Content-Encoding: gzip'], gzip.subarray(0, gzip.length - 20)],
    ['gzip cut off in its trailer', ['Content-Encoding: gzip'], gzip.subarray(0, gzip.length - 4)],
    ['gzip cut off in its header', ['Content-Encoding: gzip'], gzip.subarray(0, 5)],
    ['deflate that is not', ['Content-Encoding: deflate'], '{"Gauges":[]}'],
    ['a zlib stream cut off', ['Content-Encoding: deflate'], deflateSync(healthyDocument).subarray(0, -10)],
    ['raw deflate cut off', ['Content-Encoding: deflate'], deflateRawSync(healthyDocument).subarray(0, -10)],
    ['br that is not', ['Content-Encoding: br'], healthyDocument],
    ['br cut off', ['Content-Encoding: br'], brotliCompressSync(healthyDocument).subarray(0, -10)],
  ];
  testFailingScrapes(
    rows.map(([title, headerLines, body]) => ({
      title,
      reason: 'encoding',
      statusCode: 200,
      answer: (socket) => socket.write(reply(body, headerLines)),
    })),
  );
});

describe('decompress', () => {
  test('gives no bytes for none, whatever they are said to be', async () => {
    for (const coding of [undefined, 'gzip', 'deflate', 'br']) {
      expect(await decompress(new Uint8Array(), { coding, maxBytes: 10 })).toHaveLength(0);
    }
  });

  test('gives what is exactly as long as the limit, and throws too_large one byte later', async () => {
    for (const [coding, encode] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['deflate', deflateRawSync],
      ['br', brotliCompressSync],
    ] as const) {
      const raw = encode('x'.repeat(1000));
      expect(await decompress(raw, { coding, maxBytes: 1000 })).toHaveLength(1000);
      await expect(decompress(raw, { coding, maxBytes: 999 })).rejects.toMatchObject({ code: 'too_large' });
    }
  });

  test('says nothing of the coding that it was given, which may be anything', async () => {
    const asked = decompress(Buffer.from('x'), { coding: 'secret-text', maxBytes: 10 });
    await expect(asked).rejects.toMatchObject({
      code: 'encoding',
      message: expect.not.stringContaining('secret-text'),
    });
  });
});
