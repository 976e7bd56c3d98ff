import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeStatusMessage,
  encodeStatusMessage,
  formatGrpcTimeout,
  parseGrpcTimeout,
  readStatusHeaders,
  statusHeaders,
} from '../../../src/tunnel/protocol/status.js';

test('a status message survives its encoding, except that control characters become blanks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (message) => {
      const encoded = encodeStatusMessage(message);
      expect(encoded).toMatch(/^[\x20-\x7e]*$/);
      expect(decodeStatusMessage(encoded)).toBe(message.replace(/\p{Cc}/gu, ' '));
    }),
  );
});

test('a status message that is no percent-encoding is kept as it is', () => {
  expect(decodeStatusMessage('100 % of %zz%4')).toBe('100 % of %zz%4');
});

test('a status message of a megabyte is cut', () => {
  expect(encodeStatusMessage('x'.repeat(1_000_000))).toHaveLength(1024);
  expect(decodeStatusMessage('%41'.repeat(1_000_000))).toHaveLength(1024);
});

test.each([
  [{ 'grpc-status': '0' }, { code: 'ok', message: '' }],
  [
    { 'grpc-status': '5', 'grpc-message': 'No%20Agent' },
    { code: 'notFound', message: 'No Agent' },
  ],
  [{ 'grpc-status': '99' }, { code: 'unknown', message: '' }],
  [{ 'grpc-status': 'x' }, { code: 'unknown', message: '' }],
  [{}, undefined],
])('the headers %j carry the status %j', (headers, status) => {
  expect(readStatusHeaders(headers)).toEqual(status);
});

test('a status without a message has no header for one', () => {
  expect(statusHeaders({ code: 'unavailable', message: '' })).toEqual({ 'grpc-status': '14' });
});

test.each([
  ['29997629u', 29997.629],
  ['30S', 30_000],
  ['1H', 3_600_000],
  ['5m', 5],
  ['123456789S', undefined],
  ['-1S', undefined],
  ['1', undefined],
  [undefined, undefined],
])('a grpc-timeout of %s is %s ms', (header, ms) => {
  expect(parseGrpcTimeout(header)).toEqual(ms);
});

test('every timeout that is written is read as the same, to a millisecond or a second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e8 - 1 }), (ms) => {
      expect(parseGrpcTimeout(formatGrpcTimeout(ms))).toBe(ms);
    }),
  );
  expect(parseGrpcTimeout(formatGrpcTimeout(1e9))).toBe(1e9);
});
