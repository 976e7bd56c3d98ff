/**
 * Orders texts by code points, which is the order of their UTF-8 bytes and so Go's order of strings. JavaScript's `<`
 * orders by UTF-16 code units and puts U+1F600 before U+FFFD.
 */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Code units with the surrogates moved behind U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
