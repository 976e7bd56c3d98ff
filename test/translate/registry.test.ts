import { expect, test } from 'vitest';
import { builtInModules } from '../../src/model/presets.js';
import { createTranslator, translators } from '../../src/translate/registry.js';

const EMPTY = {
  mapping: { format: 'json' as const, decode: [], metrics: [], staticLabels: [], only: [], drop: [], isStrict: false },
  failIf: [],
};

test('every translator is made from a spec under its own name', async () => {
  expect([...translators.keys()]).toEqual(['zot', 'mapping', 'flatten', 'prom2json', 'otlp']);
  for (const translator of translators.keys()) {
    expect((await createTranslator({ translator, ...EMPTY, dialect: 'zxp' })).name).toBe(translator);
  }
});

test('a module of every built-in name needs no metrics', async () => {
  expect(builtInModules.every((name) => translators.has(name))).toBe(true);
});

test('a name that no translator has is an internal error: the configuration has been checked', async () => {
  const made = createTranslator({ translator: 'nope', ...EMPTY, dialect: 'zxp' });
  await expect(made).rejects.toMatchObject({ code: 'internal' });
});
