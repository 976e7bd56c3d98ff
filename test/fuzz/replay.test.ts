import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createRandom, MAX_INPUT_BYTES, mutate } from './mutate.js';
import { targets } from './targets/index.js';

const findings = fileURLToPath(new URL('../../fixtures/fuzz', import.meta.url));

describe.each(targets)('$name', ({ name, seeds, words, run }) => {
  test('its seeds, and a few inputs made of them, are read within the contract', () => {
    const random = createRandom(1);
    const corpus = seeds.map((seed) => Buffer.from(seed));
    for (const input of corpus) run(input);
    for (let i = 0; i < 200; i++) run(mutate(corpus, words, random));
  });

  const folder = join(findings, name);
  test.each(existsSync(folder) ? readdirSync(folder) : [])('the finding %s is read within the contract', (file) => {
    run(readFileSync(join(folder, file)));
  });
});

test('every folder of findings is of a target', () => {
  const known = targets.map(({ name }) => name);
  const folders = readdirSync(findings, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) expect(known).toContain(name);
});

test('mutations follow from their seed, and stay short', () => {
  const make = () => {
    const random = createRandom(7);
    return Array.from({ length: 500 }, () =>
      mutate([Buffer.from('{"a":1}'), Buffer.alloc(3000)], ['x', '"'], random).toString('latin1'),
    );
  };
  const inputs = make();
  expect(make()).toEqual(inputs);
  expect(Math.max(...inputs.map(({ length }) => length))).toBeLessThanOrEqual(MAX_INPUT_BYTES);
  expect(new Set(inputs).size).toBeGreaterThan(300);
});
