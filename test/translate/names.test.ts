import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toLabelName, toMetricName } from '../../src/translate/names.js';

test.each([
  ['zot.http.requests', 'zot_http_requests'],
  ['already_valid:name', 'already_valid:name'],
  ['9lives', '_lives'],
  ['99', '_9'],
  ['a-b/c d', 'a_b_c_d'],
  ['größe', 'gr__e'],
  ['😀x', '_x'],
  ['\ud800x', '_x'],
  ['valid\n', 'valid_'],
  ['__name__', '__name__'],
  ['', undefined],
])('the metric name of %j is %j', (name, expected) => {
  expect(toMetricName(name)).toBe(expected);
});

test.each([
  ['repo', 'repo'],
  ['storage.name', 'storage_name'],
  ['a:b', 'a_b'],
  ['9', '_'],
  ['_x', '_x'],
  ['__name__', undefined],
  ['__x', undefined],
  ['--', undefined],
  ['1_', undefined],
  ['', undefined],
])('the label name of %j is %j', (name, expected) => {
  expect(toLabelName(name)).toBe(expected);
});

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));

test('a metric name is always valid, and itself where it was already', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const name = toMetricName(text);
      if (text === '') expect(name).toBeUndefined();
      else expect(name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
      expect(toMetricName(name ?? '')).toBe(name);
    }),
  );
});

test('a label name is valid and not reserved, or there is none', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const name = toLabelName(text);
      if (name !== undefined) expect(name).toMatch(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/);
      expect(toLabelName(name ?? '')).toBe(name);
    }),
  );
});
