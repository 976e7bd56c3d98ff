import { describe, expect, test } from 'vitest';
import { finishSteps } from '../../../src/async/steps.js';
import { openDocument, type Wanted } from '../../../src/translate/document/chunked-document.js';

const limits = { depth: 64, nodes: 10_000_000 };
const BYTES = 2 ** 20;

/** A document of a MiB, of one part after the other. */
function fill(open: string, part: (i: number) => string, close: string): Buffer {
  const parts: string[] = [];
  for (let length = 0; length < BYTES; ) {
    const next = part(parts.length);
    parts.push(next);
    length += next.length + 1;
  }
  return Buffer.from(open + parts.join(',') + close);
}

function read(body: Buffer, heapBytes: number, arrays: Wanted['arrays'] = []) {
  return finishSteps(openDocument(body, { limits, heapBytes }, { arrays, parse: JSON.parse }));
}

/** Bytes of heap for each byte: the smallest heap in which Node parsed 8 MiB of it, measured by --max-old-space-size. */
describe.each<[what: string, body: Buffer, node20: number, node24: number]>([
  ['empty objects', fill('[', () => '{}', ']'), 23, 16.5],
  ['arrays in arrays', fill('[', () => '[[[1]]]', ']'), 23.5, 21],
  ['arrays of one number', fill('[', () => '[1]', ']'), 17.5, 14.5],
  ['objects with a key of their own each', fill('[', (i) => `{"k${i}":1}`, ']'), 15, 14.5],
  ['one object with many keys', fill('{', (i) => `"k${i}":1`, '}'), 14, 8.7],
  ['objects with twenty keys of their own', fill('[', (i) => `{${listKeys(i)}}`, ']'), 9.5, 9.5],
  ['fractions', fill('[', () => '0.5', ']'), 5.2, 1],
])('%s', (_what, body, node20, node24) => {
  test('are refused where a parser would not have room for them, and read where there is plenty', () => {
    const needed = Math.max(node20, node24) * body.length;
    expect(() => read(body, needed)).toThrow(/^the document may need \d+ MiB of memory/);
    expect(read(body, 2.6 * needed)).toHaveProperty('whole');
  });
});

test('the rest of a document that is read in chunks has to fit as well, and its arrays need not', () => {
  const elements = fill('[', (i) => `{"id":"i${i}","n":1}`, ']').toString();
  const keys = fill('{', (i) => `"k${i}":1`, '}').toString();
  const arrays = [['items']];
  expect(read(Buffer.from(`{"items":${elements},"x":{}}`), 100_000, arrays)).toHaveProperty('skeleton');
  expect(() => read(Buffer.from(`{"items":${elements},"x":${keys}}`), 10 * BYTES, arrays)).toThrow(/may need \d+ MiB/);
});

test('a list of objects of one form is read as a whole in ten times its size', () => {
  const body = fill('[', (i) => `{"id":"i${i}","n":1}`, ']');
  expect(read(body, 10 * body.length)).toHaveProperty('whole');
});

function listKeys(i: number): string {
  return Array.from({ length: 20 }, (_, k) => `"${(i * 20 + k).toString(36)}":1`).join();
}
