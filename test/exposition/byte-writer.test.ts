import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteWriter,
  countVarintBytes,
  escapeHelp,
  escapeText,
  formatNumber,
  toView,
} from '../../src/exposition/byte-writer.js';
import { runs } from '../support/runs.js';

const CHUNK_BYTES = 64 * 1024;

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish().toString();
}

function writeNumber(value: number): string {
  return written((writer) => writer.number(value));
}

describe('numbers', () => {
  test.each<[number, string]>([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-1, '-1'],
    [9, '9'],
    [10, '10'],
    [-10, '-10'],
    [99, '99'],
    [100, '100'],
    [999_999_999, '999999999'],
    [-999_999_999, '-999999999'],
    [1_000_000_000, '1000000000'],
    [-1_000_000_000, '-1000000000'],
    [2 ** 31 - 1, '2147483647'],
    [2 ** 31, '2147483648'],
    [-(2 ** 31), '-2147483648'],
    [-(2 ** 31) - 1, '-2147483649'],
    [2 ** 32, '4294967296'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [0.5, '0.5'],
    [-0.5, '-0.5'],
    [1e-7, '1e-7'],
    [0.1 + 0.2, '0.30000000000000004'],
    [999_999_999.5, '999999999.5'],
    [999_999_999.999_999, '999999999.999999'],
    [1_000_000_000.5, '1000000000.5'],
    [0.000_001, '0.000001'],
    [0.000_000_9, '9e-7'],
    [-0.012_3, '-0.0123'],
    [1.05, '1.05'],
    [0.999_999_9, '0.9999999'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.MIN_VALUE, '5e-324'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%d is written as %s', (value, text) => {
    expect(writeNumber(value)).toBe(text);
    expect(formatNumber(value)).toBe(text);
  });

  test('any finite number is written in the fewest digits that read back as itself', () => {
    const doubles = { noNaN: true, noDefaultInfinity: true };
    const decimals = fc.tuple(fc.maxSafeInteger(), fc.nat(9)).map(([digits, places]) => digits / 10 ** places);
    const numbers = fc.oneof(decimals, fc.double(doubles), fc.float(doubles), fc.integer(), fc.maxSafeInteger());
    const [next, last] = [1 + Number.EPSILON, 1 - Number.EPSILON / 2];
    fc.assert(
      fc.property(numbers, (value) => {
        for (const each of [value, value * next, value * last]) {
          if (Number.isFinite(each)) expect(writeNumber(each)).toBe(Object.is(each, -0) ? '-0' : String(each));
        }
      }),
      { numRuns: runs(3000) },
    );
  });

  test('every power of ten and its neighbours are written in decimal digits', () => {
    for (let digits = 1; digits <= 15; digits++) {
      for (const value of [10 ** digits - 1, 10 ** digits, 10 ** digits + 1]) {
        expect(writeNumber(value)).toBe(BigInt(value).toString());
        expect(writeNumber(-value)).toBe(BigInt(-value).toString());
      }
    }
  });
});

describe('escapes', () => {
  test.each<[string, string]>([
    ['plain', 'plain'],
    ['', ''],
    ['"', '\\"'],
    ['\\', '\\\\'],
    ['\n', '\\n'],
    ['\\n', '\\\\n'],
    ['a"b\\c\nd', 'a\\"b\\\\c\\nd'],
    ['\r\t\0\u007f', '\r\t\0\u007f'],
    ['é', 'é'],
    ['é"', 'é\\"'],
    ['plain, then 😀 and "', 'plain, then 😀 and \\"'],
    ['\ud83d', '\ufffd'],
    ['x\ude00y', 'x\ufffdy'],
  ])('%j becomes %j', (text, expected) => {
    expect(written((writer) => writer.escaped(text))).toBe(expected);
  });

  test('any text reads back as itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = written((writer) => writer.escaped(text));
        expect(escaped).not.toContain('\n');
        expect(escaped.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character))).toBe(text);
        expect(escapeText(text)).toBe(escaped);
      }),
    );
  });

  test('help in the text format keeps its quotes', () => {
    expect(escapeHelp('a "b" \\ c\nd')).toBe('a "b" \\\\ c\\nd');
  });
});

describe('chunks', () => {
  test('a writer is full from 64 KiB on', () => {
    const writer = new ByteWriter();
    writer.text('x'.repeat(CHUNK_BYTES - 1));
    expect(writer.isFull).toBe(false);
    writer.byte(0x78);
    expect(writer.isFull).toBe(true);
    expect(writer.length).toBe(CHUNK_BYTES);
  });

  test('what was taken stays as it was while the writer goes on', () => {
    const writer = new ByteWriter();
    writer.text('first');
    const first = writer.take();
    expect(writer.length).toBe(0);
    writer.text('second');
    const second = writer.take();
    writer.text('third');
    expect([first, second, writer.finish()].map(String)).toEqual(['first', 'second', 'third']);
  });

  test('a writer that nothing was written to has an empty chunk', () => {
    expect(new ByteWriter().finish()).toHaveLength(0);
    expect(new ByteWriter().take()).toHaveLength(0);
  });

  test.each(['é', '版', '😀', '"', 'a'])('a text of %s is whole across the end of the first buffer', (character) => {
    const capacity = CHUNK_BYTES + CHUNK_BYTES / 8;
    for (let offset = -5; offset <= 5; offset++) {
      const before = 'x'.repeat(capacity + offset);
      const bytes = written((writer) => {
        writer.text(before);
        writer.escaped(character);
        writer.text(character);
        writer.number(123_456_789);
        writer.bytes(Buffer.from(character));
      });
      const escaped = character === '"' ? '\\"' : character;
      expect(bytes === `${before}${escaped}${character}123456789${character}`).toBe(true);
    }
  });

  test('one text larger than any buffer is written whole', () => {
    const text = '版'.repeat(CHUNK_BYTES);
    expect(written((writer) => writer.escaped(text)) === text).toBe(true);
  });

  test('a part of a view is copied, of whatever length and from whatever place', () => {
    const source = fc.uint8Array({ maxLength: 40 });
    const property = fc.property(source, fc.nat(40), fc.nat(40), (bytes, from, count) => {
      const [start, end] = [Math.min(from, bytes.length), Math.min(from + count, bytes.length)];
      const writer = new ByteWriter();
      writer.byte(0x78);
      writer.view(toView(bytes), start, end);
      writer.view(toView(bytes.subarray(start)));
      expect([...writer.finish()]).toEqual([0x78, ...bytes.slice(start, end), ...bytes.slice(start)]);
    });
    fc.assert(property, { numRuns: runs(500) });
  });

  test('what stands between two lengths is repeated, even where the buffer has to grow', () => {
    const bytes = written((writer) => {
      writer.text('x'.repeat(CHUNK_BYTES));
      const start = writer.length;
      writer.text('é'.repeat(CHUNK_BYTES / 4));
      const end = writer.length;
      writer.repeat(start, end);
      writer.repeat(start, start);
    });
    expect(bytes === `${'x'.repeat(CHUNK_BYTES)}${'é'.repeat(CHUNK_BYTES / 2)}`).toBe(true);
  });

  test('texts and their pieces come out in order, in any mixture', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => ({ text, write: (w: ByteWriter) => w.text(text) })),
      fc.integer().map((value) => ({ text: String(value), write: (w: ByteWriter) => w.number(value) })),
      fc
        .tuple(fc.constantFrom('x', 'é', '😀'), fc.integer({ min: 0, max: CHUNK_BYTES / 2 }))
        .map(([unit, count]) => unit.repeat(count))
        .map((text) => ({ text, write: (w: ByteWriter) => w.escaped(text) })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const writer = new ByteWriter();
        const chunks: Buffer[] = [];
        for (const { write } of pieces) {
          write(writer);
          if (writer.isFull) chunks.push(writer.take());
        }
        chunks.push(writer.finish());
        expect(Buffer.concat(chunks).toString() === pieces.map(({ text }) => text).join('')).toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('what protobuf is made of', () => {
  const bytes = (write: (writer: ByteWriter) => void) => {
    const writer = new ByteWriter();
    write(writer);
    return writer.finish();
  };

  test('varints read back, in as few bytes as can be', () => {
    const numbers = fc.oneof(
      fc.nat(300),
      fc.maxSafeNat(),
      fc.constantFrom(127, 128, 2 ** 31, 2 ** 53, 2 ** 63, 2 ** 64 - 2048),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        const written = bytes((writer) => writer.varint(value));
        const read = written.reduceRight((total, byte) => total * 128n + BigInt(byte & 127), 0n);
        expect(read).toBe(BigInt(value));
        expect(written).toHaveLength(Math.max(1, Math.ceil(BigInt(value).toString(2).length / 7)));
        expect(written).toHaveLength(countVarintBytes(value));
      }),
    );
  });

  test('doubles are little-endian', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(bytes((writer) => writer.double(value)).readDoubleLE()).toBe(value);
      }),
    );
  });

  test('texts have the number of their bytes in front, whatever is in them', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .tuple(fc.constantFrom('x', 'é', '😀'), fc.constantFrom(126, 127, 128, 129, 20_000))
        .map(([unit, n]) => unit.repeat(n)),
      fc.constant(`${'x'.repeat(100)}é`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const body = Buffer.from(text);
        const expected = bytes((writer) => {
          writer.varint(body.length);
          writer.bytes(body);
        });
        expect(bytes((writer) => writer.sizedText(text)).equals(expected)).toBe(true);
      }),
    );
  });

  test('what is begun gets its length in front, whatever room was left for it', () => {
    const sizes = fc.constantFrom(0, 1, 127, 128, 200, 16_383, 16_384, 70_000);
    fc.assert(
      fc.property(fc.nat(10), sizes, fc.constantFrom(0, 1, 2, 3), (before, size, room) => {
        const written = bytes((writer) => {
          writer.text('a'.repeat(before));
          const start = writer.beginSized(room);
          writer.text('b'.repeat(size));
          expect(writer.endSized(start, room)).toBe(countVarintBytes(size));
          writer.text('c');
        });
        const expected = bytes((writer) => {
          writer.text('a'.repeat(before));
          writer.sizedText('b'.repeat(size));
          writer.text('c');
        });
        expect(written.equals(expected)).toBe(true);
      }),
    );
  });
});
