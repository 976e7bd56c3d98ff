import { expect, test } from 'vitest';
import { findNearest } from '../../src/config/nearest.js';

test.each([
  ['upstrem', 'upstream'],
  ['UPSTREAM', 'upstream'],
  ['module', 'module'],
  ['moduel', 'module'],
  ['timeout', undefined],
  ['x', undefined],
  ['', undefined],
])('%j is nearest to %j', (word, nearest) => {
  expect(findNearest(word, ['upstream', 'module', 'log.level'])).toBe(nearest);
});

test('the first of two as near wins', () => {
  expect(findNearest('cat', ['bat', 'rat'])).toBe('bat');
});
