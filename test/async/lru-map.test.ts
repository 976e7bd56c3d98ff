import { expect, test } from 'vitest';
import { LruMap } from '../../src/async/lru-map.js';

test('the entry whose use is longest ago makes room for a new one', () => {
  const map = new LruMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3]);
});

test('an entry that is set again counts as used, and takes no more room', () => {
  const map = new LruMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 4);
  map.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([4, undefined, 3]);
});

test('a deleted entry is gone', () => {
  const map = new LruMap<number>(2);
  map.set('a', 1);
  map.delete('a');
  expect(map.get('a')).toBeUndefined();
});
