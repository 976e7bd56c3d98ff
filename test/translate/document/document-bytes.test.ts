import { describe, expect, test } from 'vitest';
import { DocumentBytes } from '../../../src/translate/document/document-bytes.js';
import { cut } from './both-ways.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const open = (content: string, pieceLength: number, isFreed = false) =>
  new DocumentBytes(cut(Buffer.from(content, 'latin1'), pieceLength), isFreed);

describe.each([1, 2, 3, 4, 100])('a document in pieces of %i bytes', (pieceLength) => {
  test.each(['', '\xef\xbb\xbf'])('begins behind its byte order mark: %j', (mark) => {
    const document = open(`${mark}abcdefgh`, pieceLength);
    expect(document.length).toBe(8);
    expect([...document.slices()].map(text).join('|').replaceAll('|', '')).toBe('abcdefgh');
    expect(text(document.slice(0, 3))).toBe('abc');
    expect(text(document.slice(2, 7))).toBe('cdefg');
    expect(text(document.slice(6, 100))).toBe('gh');
    expect(text(document.slice(8, 8))).toBe('');
    expect(text(document.join())).toBe('abcdefgh');
  });
});

test('a part that lies in one piece is a view, not a copy', () => {
  const body = Buffer.from('abcdefgh');
  expect(new DocumentBytes(body, false).slice(2, 5).buffer).toBe(body.buffer);
});

test('what was given back cannot be read any more; what comes behind it can', () => {
  const document = open('abcdefgh', 3, true);
  document.free(5);
  expect(() => document.slice(2, 4)).toThrow('there is no byte 2 any more');
  expect(text(document.slice(3, 8))).toBe('defgh');
  document.free(8);
  expect(() => document.slice(4, 5)).toThrow('there is no byte 4 any more');
});

test('the bytes of somebody else are never given back', () => {
  const document = open('abcdefgh', 3);
  document.free(8);
  expect(text(document.slice(0, 8))).toBe('abcdefgh');
});

test('a piece that was read takes no memory, and a whole that was joined takes it once', () => {
  const megabyte = 2 ** 20;
  const pieces = Array.from({ length: 4 }, () => Buffer.allocUnsafeSlow(megabyte).fill(97));
  const document = new DocumentBytes({ pieces }, true);
  document.free(2 * megabyte + 5);
  expect(pieces.map((piece) => piece.length)).toEqual([0, 0, megabyte, megabyte]);
  const whole = [1, 2].map(() => Buffer.allocUnsafeSlow(megabyte).fill(98));
  expect(text(new DocumentBytes({ pieces: whole }, true).join())).toBe('b'.repeat(2 * megabyte));
  expect(whole.map((piece) => piece.length)).toEqual([0, 0]);
});
