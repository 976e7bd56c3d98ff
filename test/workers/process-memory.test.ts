import { expect, test } from 'vitest';
import { findProcessMemory } from '../../src/workers/process-memory.js';

const MEBIBYTE = 1024 * 1024;

test('reads the memory of this process', () => {
  const { limit, resident } = findProcessMemory();
  expect(resident()).toBeGreaterThan(10 * MEBIBYTE);
  expect(limit ?? resident()).toBeGreaterThanOrEqual(resident());
});
