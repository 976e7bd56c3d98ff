import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteCollector } from '../../../src/tunnel/protocol/byte-collector.js';
import { FrameReader, frameMessage } from '../../../src/tunnel/protocol/framing.js';

const LIMIT = 1000;

function readAll(reader: FrameReader, pieces: readonly Uint8Array[]): readonly string[] {
  return pieces.flatMap((piece) => [...reader.push(piece)].map((message) => Buffer.from(message).toString('hex')));
}

function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, i) => bytes.subarray(start, ends[i] ?? bytes.length));
}

test('messages come out as they went in, wherever the stream of frames is cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat()), (sent, places) => {
      const reader = new FrameReader(LIMIT);
      const stream = Buffer.concat(sent.flatMap(frameMessage));
      expect(readAll(reader, cut(stream, places))).toEqual(sent.map((message) => Buffer.from(message).toString('hex')));
      expect(reader.isInsideMessage).toBe(false);
    }),
  );
});

test('a message above the limit is refused by its length alone', () => {
  const reader = new FrameReader(LIMIT);
  expect(() => [...reader.push(Buffer.from([0, 0, 0, 0x03, 0xe9]))]).toThrow(/1001 bytes is above the limit of 1000/);
});

test('a compressed message is refused', () => {
  const reader = new FrameReader(LIMIT);
  expect(() => [...reader.push(Buffer.from([1, 0, 0, 0, 0]))]).toThrow(/compressed/);
});

test('a stream that ends inside a message is known to', () => {
  const reader = new FrameReader(LIMIT);
  readAll(reader, [Buffer.from([0, 0, 0])]);
  expect(reader.isInsideMessage).toBe(true);
});

test('four million pieces of a byte take no more than twice their bytes', () => {
  const collector = new ByteCollector(4 * 1024 * 1024);
  const before = process.memoryUsage();
  const piece = Buffer.from('x');
  for (let i = 0; i < 4 * 1024 * 1024; i++) collector.append(piece);
  const after = process.memoryUsage();
  expect(collector.length).toBe(4 * 1024 * 1024);
  expect(collector.bytes().buffer.byteLength).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(40 * 1024 * 1024);
});
