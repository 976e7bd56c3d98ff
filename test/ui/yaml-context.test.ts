import { describe, expect, test } from 'vitest';
import { createConfigSchema } from '../../src/config/schema/config-schema.js';
import { SchemaLookup } from '../../src/ui/schema-lookup.js';
import { findContext } from '../../src/ui/yaml-context.js';

/** The context at the `|` of a text. */
function at(marked: string) {
  const offset = marked.indexOf('¦');
  const text = marked.replace('¦', '');
  return { text, context: findContext(text, offset) };
}

describe('the place in a text', () => {
  test.each([
    ['¦', [], 'key', ''],
    ['met¦', [], 'key', 'met'],
    ['metrics:\n  - na¦', ['metrics', '[]'], 'key', 'na'],
    ['metrics:\n- na¦', ['metrics', '[]'], 'key', 'na'],
    ['metrics:\n  - name: x\n    ty¦', ['metrics', '[]'], 'key', 'ty'],
    ['metrics:\n  - name: x\n    type: ob¦', ['metrics', '[]', 'type'], 'value', 'ob'],
    ['metrics:\n  - name: x\n    labels:\n      a: { pa¦', ['metrics', '[]', 'labels', 'a'], 'key', 'pa'],
    ["metrics:\n  - { name: x, path: '{.a, b}', ty¦", ['metrics', '[]'], 'key', 'ty'],
    ["metrics:\n  - { name: x, path: '{.a}', type: ob¦", ['metrics', '[]', 'type'], 'value', 'ob'],
    ['metrics:\n  - { name: x }\ntime¦', [], 'key', 'time'],
    ['modules:\n  stock:\n    metrics: []\n    tran¦', ['modules', 'stock'], 'key', 'tran'],
    ['fail_if:\n  - path: |\n      a: b\n    me¦', ['fail_if', '[]'], 'key', 'me'],
    ['fail_if:\n  - cel: >\n      a: b¦', ['fail_if', '[]', 'cel'], 'value', ''],
    ['metrics: [\n  { name: x,\n    va¦', ['metrics', '[]'], 'key', 'va'],
    ['metrics:\n  - name: x\n  ¦', ['metrics'], 'key', ''],
  ] as const)('%j', (marked, path, position, prefix) => {
    expect(at(marked).context).toEqual({ path, position, prefix });
  });
});

describe('suggestions', () => {
  const lookup = new SchemaLookup(createConfigSchema());
  const suggest = (marked: string) => {
    const { text, context } = at(marked);
    return lookup.suggest(text, context).map((each) => each.text);
  };

  test('are the keys of the map there, those that begin with the word first', () => {
    expect(suggest('met¦')).toEqual(['metrics']);
    expect(suggest('metrics:\n  - va¦').slice(0, 3)).toEqual(['valuetype', 'value', 'values']);
    expect(suggest('modules:\n  stock:\n    met¦')).toEqual(['metrics']);
    expect(suggest('stock:\n  met¦')).toEqual(['metrics']);
    expect(suggest('modules: {}\nscrape:\n  time¦')).toEqual(['timeout', 'timeout_offset']);
  });

  test('are the words of a value', () => {
    expect(suggest('metrics:\n  - type: ¦')).toEqual([
      'value',
      'object',
      'histogram',
      'summary',
      'exponential_histogram',
    ]);
    expect(suggest('metrics:\n  - { valuetype: ga¦')).toEqual(['gauge']);
    expect(suggest('metrics:\n  - info: ¦')).toEqual(['true', 'false']);
  });

  test('are none where the schema has nothing', () => {
    expect(suggest('metrics:\n  - nowhere: { a¦')).toEqual([]);
    expect(suggest('metrics:\n  - help: text ¦')).toEqual([]);
  });

  test('come with what a key means', () => {
    expect(lookup.explain('', ['metrics', '[]', 'type'])).toMatchObject({
      key: 'type',
      values: expect.stringContaining('histogram'),
    });
    expect(lookup.explain('', ['metrics', '[]', 'nowhere'])).toBeUndefined();
  });
});
