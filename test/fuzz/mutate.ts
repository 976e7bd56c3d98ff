/** Numbers that follow from a seed, so that a run can be repeated: mulberry32. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Longer inputs cost more than they find. */
export const MAX_INPUT_BYTES = 2048;

const ODD_BYTES = [0x00, 0x0a, 0x0d, 0x22, 0x27, 0x5c, 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xff];
const ODD_TEXTS = ['\ufeff', '\u2028', '\ud800', '😀', 'é', '__proto__', '9007199254740993', '1e400', '-0', '\u0000'];

/** A new input of what is there already: a few changes, each small, or parts of two inputs, or words alone. */
export function mutate(corpus: readonly Buffer[], words: readonly string[], random: Random): Buffer {
  let input = pick(corpus, random);
  if (random(20) === 0) input = Buffer.from(Array.from({ length: random(24) }, () => pick(words, random)).join(''));
  if (random(8) === 0) input = splice(input, pick(corpus, random), random);
  for (let changes = 1 + random(4); changes > 0; changes--) input = change(input, words, random);
  return input.length > MAX_INPUT_BYTES ? input.subarray(0, MAX_INPUT_BYTES) : input;
}

function change(input: Buffer, words: readonly string[], random: Random): Buffer {
  const at = random(input.length + 1);
  const length = 1 + random(Math.min(16, input.length - at + 1));
  switch (random(9)) {
    case 0:
    case 1:
      return replace(input, { at, length: 0 }, Buffer.from(pick(words, random)));
    case 2:
      return replace(input, { at, length }, Buffer.from(pick(words, random)));
    case 3:
      return replace(input, { at, length }, Buffer.alloc(0));
    case 4:
      return replace(input, { at, length: 1 }, Buffer.of(random(3) === 0 ? pick(ODD_BYTES, random) : random(256)));
    case 5:
      return replace(input, { at, length: 0 }, Buffer.from(pick(ODD_TEXTS, random)));
    case 6:
      return flip(input, at, random);
    case 7:
      // The same again, and again: depth and length.
      return replace(input, { at, length: 0 }, repeat(input.subarray(at, at + length), 1 + random(40)));
    default:
      return swap(input, { at, length }, random);
  }
}

interface Range {
  readonly at: number;
  readonly length: number;
}

function replace(input: Buffer, { at, length }: Range, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at + length)]);
}

function flip(input: Buffer, at: number, random: Random): Buffer {
  const flipped = Buffer.from(input);
  if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random(8));
  return flipped;
}

function repeat(piece: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => piece));
}

function swap(input: Buffer, { at, length }: Range, random: Random): Buffer {
  const to = random(input.length + 1);
  const piece = Buffer.from(input.subarray(at, at + length));
  return replace(
    replace(input, { at, length }, Buffer.alloc(0)),
    { at: Math.min(to, input.length - length), length: 0 },
    piece,
  );
}

function splice(one: Buffer, other: Buffer, random: Random): Buffer {
  return Buffer.concat([one.subarray(0, random(one.length + 1)), other.subarray(random(other.length + 1))]);
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('there is nothing to pick');
  return item;
}
