import { expect, test } from 'vitest';
import { findProcessMemory } from '../../src/workers/process-memory.js';

const MEBIBYTE = 1024 * 1024;

test('reads the memory of this process, which is within the limit of its container', () => {
  const { limit, resident } = findProcessMemory();
  // Read once: between two readings another thread may have allocated.
  const residentBytes = resident();
  expect(residentBytes).toBeGreaterThan(10 * MEBIBYTE);
  expect(limit ?? residentBytes).toBeGreaterThanOrEqual(residentBytes);
});
