import fc from 'fast-check';

/** Keys that are plain in JSON and something else in JavaScript or in a path. */
const oddKeys = ['é', '😀', '', 'a.b', 'x y', '0', '__proto__', 'constructor', 'length', 'toString'];

/** A key of a document or a path. Few enough that a path often finds something. */
export const key: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b'), weight: 3 },
  { arbitrary: fc.constantFrom(...oddKeys), weight: 1 },
);

const scalarText = fc
  .oneof(
    fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -1, 0.5, 1000000, 1e21, '', 'a', 'b', '1', 'x y', '"q"'),
    fc.string({ maxLength: 4 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  .map((value) => JSON.stringify(value));

function objectText(field: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .uniqueArray(fc.tuple(key, field), { minLength: 1, maxLength: 4, selector: ([name]) => name })
    .map((fields) => `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`);
}

function arrayText(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(element, { maxLength: 4 }).map((elements) => `[${elements.join(',')}]`);
}

function nest(levels: number): fc.Arbitrary<string> {
  if (levels === 0) return scalarText;
  const below = nest(levels - 1);
  return fc.oneof(
    { arbitrary: objectText(below), weight: 3 },
    { arbitrary: arrayText(below), weight: 3 },
    { arbitrary: scalarText, weight: 1 },
  );
}

/** The JSON text of a small document full of odd keys. Text, for JSON.parse alone makes `__proto__` a plain key. */
export const documentText: fc.Arbitrary<string> = nest(4);
