import { expect, test } from 'vitest';
import { MemoryGuard } from '../../src/scrape/memory-guard.js';

const MEBIBYTE = 1024 * 1024;

test('ends what writes more than a container has room for', () => {
  let resident = 100 * MEBIBYTE;
  const guard = new MemoryGuard({ limit: 256 * MEBIBYTE, resident: () => resident });
  const write = () => {
    resident += 2 * MEBIBYTE;
    guard.note(2 * MEBIBYTE);
  };
  for (let i = 0; i < 70; i++) write();
  expect(() => {
    for (let i = 0; i < 30; i++) write();
  }).toThrow(/^the scrape does not fit into the 256 MiB of memory$/);
});

test('looks at the memory once in 256 KiB', () => {
  let looks = 0;
  const guard = new MemoryGuard({ limit: 256 * MEBIBYTE, resident: () => ++looks });
  for (let i = 0; i < 100; i++) guard.note(64 * 1024);
  expect(looks).toBe(25);
});

test('ends nothing where nothing limits the memory', () => {
  const guard = new MemoryGuard({ limit: undefined, resident: () => Number.MAX_SAFE_INTEGER });
  expect(() => guard.note(1024 * MEBIBYTE)).not.toThrow();
});
