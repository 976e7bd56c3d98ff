import { Failure } from '../errors.js';
import { define, type Environment, type FunctionGroup, integer } from '../signature.js';

const digits = '0123456789';
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Chance. */
export const randomFunctions: FunctionGroup = {
  randInt: define({
    meaning: 'randInt MIN MAX: an integer from MIN to before MAX',
    takes: [integer, integer],
    call: ([min, max], use) => {
      if (max <= min) throw new Failure('the second number must be above the first one');
      return min + randomBelow(max - min, use);
    },
  }),
  randAlphaNum: define({
    meaning: 'so many letters and digits',
    takes: [integer],
    call: ([count], use) => characters(letters + digits, count, use),
  }),
  randAlpha: define({
    meaning: 'so many letters',
    takes: [integer],
    call: ([count], use) => characters(letters, count, use),
  }),
  randNumeric: define({
    meaning: 'so many digits',
    takes: [integer],
    call: ([count], use) => characters(digits, count, use),
  }),
  uuidv4: define({
    meaning: 'a random UUID',
    takes: [],
    call: (_, { randomBytes }) => {
      const hex = [...randomBytes(16)].map((byte, index) => {
        const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
        return marked.toString(16).padStart(2, '0');
      });
      return [hex.slice(0, 4), hex.slice(4, 6), hex.slice(6, 8), hex.slice(8, 10), hex.slice(10)]
        .map((part) => part.join(''))
        .join('-');
    },
  }),
};

/** An integer from 0 to before `limit`, of 128 random bits. */
function randomBelow(limit: bigint, { randomBytes }: Environment): bigint {
  return [...randomBytes(16)].reduce((value, byte) => value * 256n + BigInt(byte), 0n) % limit;
}

function characters(alphabet: string, count: bigint, use: Environment): string {
  if (count < 0n) throw new Failure('the count is negative');
  use.budget.spend(Number(count) * 16);
  return Array.from({ length: Number(count) }, () => {
    return alphabet.charAt(Number(randomBelow(BigInt(alphabet.length), use)));
  }).join('');
}
