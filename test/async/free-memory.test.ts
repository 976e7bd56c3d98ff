import { expect, test } from 'vitest';
import { freeMemory } from '../../src/async/free-memory.js';

const MEBIBYTE = 1024 * 1024;

test('gives memory back without a collection', () => {
  const before = process.memoryUsage().arrayBuffers;
  const bytes = Buffer.alloc(64 * MEBIBYTE, 1);
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(60 * MEBIBYTE);
  freeMemory(bytes);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MEBIBYTE);
  expect(bytes).toHaveLength(0);
});

test('leaves small bytes alone, whose memory others share', () => {
  const bytes = Buffer.from('shared');
  const neighbour = Buffer.from('neighbour');
  freeMemory(bytes);
  expect([bytes.toString(), neighbour.toString()]).toEqual(['shared', 'neighbour']);
});

test('leaves a small part of larger memory alone', () => {
  const whole = Buffer.alloc(MEBIBYTE, 1);
  freeMemory(whole.subarray(0, 100_000));
  expect(whole).toHaveLength(MEBIBYTE);
});

test('takes bytes that are freed already', () => {
  const bytes = Buffer.alloc(MEBIBYTE);
  freeMemory(bytes);
  freeMemory(bytes);
  expect(bytes).toHaveLength(0);
});

test('takes bytes that threads share, which stay', () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(MEBIBYTE));
  freeMemory(bytes);
  expect(bytes).toHaveLength(MEBIBYTE);
});
