import { expect, test } from 'vitest';
import { translators } from '../../src/translate/registry.js';

test('every translator is found by its own name', () => {
  expect(translators.has('zot')).toBe(true);
  for (const [name, translator] of translators) expect(translator.name).toBe(name);
});
