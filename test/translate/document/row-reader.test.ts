import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DocumentLimits } from '../../../src/model/limits.js';
import type { RowPlaces } from '../../../src/model/placed-rows.js';
import type { ArrayLayout, FieldLayout } from '../../../src/translate/document/row-layout.js';
import { RowReader } from '../../../src/translate/document/row-reader.js';
import { checkStructure } from '../../../src/translate/document/scan.js';
import { toText } from '../../../src/translate/document/text.js';
import { runs } from '../../support/runs.js';

/** How many documents each property tries; `npm run soak` sets more. */
const numRuns = runs(8000);

const wide: DocumentLimits = { depth: 100, nodes: 100_000 };

const field = (kind: FieldLayout['kind'], path: string, more: Partial<FieldLayout> = {}): FieldLayout => ({
  keys: path.split('.'),
  kind,
  mayBeEmpty: true,
  wholeDigits: 15,
  ...more,
});

const fieldsOfA = [
  field('label', 'l'),
  field('label', 'n.m', { mayBeEmpty: false, wholeDigits: 6 }),
  field('value', 'v'),
  field('value', 'n.d.w'),
];
const a: ArrayLayout = { array: ['a'], fields: fieldsOfA };
const b: ArrayLayout = { array: ['o', 'b'], fields: [field('value', 'é'), field('label', 'k"')] };
const c: ArrayLayout = { array: ['c'], fields: [field('text', 't'), field('texts', 'ls'), field('number', 'q')] };
const d: ArrayLayout = {
  array: ['d'],
  fields: [field('texts', 'ls'), field('texts', 'n.ls'), field('text', 't', { mayBeEmpty: false })],
};
const root: ArrayLayout = { array: [], fields: fieldsOfA };

interface Example {
  readonly layouts: readonly ArrayLayout[];
  readonly others: readonly (readonly string[])[];
  readonly text: string;
}

const textAt = ({ bytes }: RowPlaces, start: number, end: number) =>
  Buffer.from(bytes.subarray(start, end < 0 ? ~end : end)).toString('latin1');

/** The texts of each row, with a ~ in front of those that are no shortest text of a number; lists of them as JSON. */
function listTexts(found: RowPlaces, { fields }: ArrayLayout): readonly (readonly string[])[] {
  const { rows, fieldCount, places, texts } = found;
  const listOf = (first: number, count: number) =>
    Array.from({ length: count }, (_text, i) => {
      const [start = 0, end = 0] = texts.subarray((first + i) * 2);
      return textAt(found, start, end);
    });
  return Array.from({ length: rows }, (_row, row) =>
    fields.map(({ kind }, i) => {
      const [start = 0, end = 0] = places.subarray((row * fieldCount + i) * 2);
      if (kind === 'texts') return JSON.stringify(listOf(start - 1, end));
      return `${end < 0 ? '~' : ''}${textAt(found, start, end)}`;
    }),
  );
}

const readAll = ({ layouts, text }: Pick<Example, 'layouts' | 'text'>, limits = wide) =>
  new RowReader(layouts)
    .readDocument(Buffer.from(text), limits)
    ?.arrays.map((found, i) => listTexts(found, layouts[i] ?? simple));

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function follow(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (outer, key) =>
      typeof outer === 'object' && outer !== null ? Object.getOwnPropertyDescriptor(outer, key)?.value : undefined,
    value,
  );
}

const typesOf: Readonly<Record<FieldLayout['kind'], readonly string[]>> = {
  label: ['string', 'number', 'boolean'],
  value: ['string', 'number', 'boolean'],
  text: ['string'],
  number: ['number'],
  texts: [],
};

/** What is wrong with the text of a field, if the parser has this value in its place. */
function findFault(text: string, { layout, value }: { readonly layout: FieldLayout; readonly value: unknown }) {
  const { kind, mayBeEmpty, wholeDigits } = layout;
  if (kind === 'texts') return text === JSON.stringify(value ?? []) ? undefined : 'is another list';
  const isLong = text.startsWith('~') && !(typeof value === 'string' && (kind === 'label' || kind === 'text'));
  const own = isLong ? text.slice(1) : text;
  if (!typesOf[kind].includes(typeof value)) return 'is nothing that can be taken';
  if (kind === 'label' || kind === 'text') {
    if (isLong) return 'is no text';
    if (own !== String(value)) return `is ${String(value)}`;
    if (own === '' && !mayBeEmpty) return 'may not be empty';
    return typeof value === 'number' && own.length > wholeDigits ? 'has too many digits' : undefined;
  }
  const number = own === 'true' || own === 'false' ? Number(own === 'true') : Number(own);
  if (!Object.is(number, Number(value)) || value === '') return `is ${String(value)}`;
  return isLong || own === String(number) ? undefined : 'could be shorter';
}

function listFaults(found: RowPlaces, layout: ArrayLayout, ...[value]: [value: unknown]): readonly string[] {
  const { array, fields } = layout;
  const elements = follow(value, array);
  if (!Array.isArray(elements)) return ['there is no array'];
  const texts = listTexts(found, layout);
  if (texts.length !== elements.length) return [`${texts.length} rows of ${elements.length} elements`];
  return elements.flatMap((element: unknown, row) =>
    fields.flatMap((each, i) => {
      const text = texts[row]?.[i] ?? '';
      const fault = findFault(text, { layout: each, value: follow(element, each.keys) });
      return fault === undefined ? [] : [`${each.keys.join('.')} of row ${row} is read as ${text}: ${fault}`];
    }),
  );
}

interface Reader {
  readonly reader: RowReader;
  readonly layouts: readonly ArrayLayout[];
  readonly others: readonly (readonly string[])[];
}

const makeReader = ({ layouts, others }: Example): Reader => ({
  reader: new RowReader(layouts, others),
  layouts,
  others,
});

/** What a reader makes of a document that the parser does not. */
function compareDocument({ reader, layouts, others }: Reader, bytes: Uint8Array): readonly string[] {
  const found = reader.readDocument(bytes, wide);
  if (found === undefined) return [];
  const parsed = parse(toText(bytes));
  if (parsed === undefined) return ['it is not JSON'];
  const faultsOfOthers = others.flatMap((keys, i) => {
    const text = toText(found.others[i] ?? Buffer.from(''));
    const isSame = JSON.stringify(parse(text)?.value) === JSON.stringify(follow(parsed.value, keys));
    return isSame ? [] : [`${keys.join('.')} is given as ${text}`];
  });
  const faults = layouts.flatMap((layout, i) => {
    const rows = found.arrays[i];
    return rows === undefined ? ['an array is missing'] : listFaults(rows, layout, ...[parsed.value]);
  });
  return [...faults, ...faultsOfOthers];
}

const blank = fc.constantFrom('', '', '', '', ' ', '\n', '\t ', ' \r\n');
const spaced = (text: fc.Arbitrary<string>) => fc.tuple(blank, text, blank).map((parts) => parts.join(''));

const jsonText = fc.oneof(
  fc.constantFrom('""', '"a b"', '"é\u{1f600}"', '"\\u00e9\\n\\"\\\\"', '"]"', '"{[,:"', '"\\ud83d"', '"\u007f"'),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text)),
);
const jsonNumber = fc.oneof(
  fc.constantFrom(
    '-0',
    '1.50',
    '1e3',
    '-1.5E-07',
    '0.0000001',
    '12345678901234567890',
    '0.1234567890123456789',
    '1e999',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
);
const unwanted = fc.letrec<{ readonly any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '0', '7'),
    jsonText,
    jsonNumber,
    fc.array(spaced(tie('any')), { maxLength: 3 }).map((each) => `[${each.join(',')}]`),
    fc
      .array(fc.tuple(spaced(jsonText), spaced(tie('any'))), { maxLength: 3 })
      .map((each) => `{${each.map((parts) => parts.join(':')).join(',')}}`),
  ),
})).any;

const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.constantFrom(0, 1, 2, 3, 5, 6, 7, 9, 14, 15, 16), fc.bigInt(0n, 10n ** 17n))
  .map(([sign, places, digits]) => {
    const padded = String(digits).padStart(places + 1, '0');
    const whole = padded.slice(0, padded.length - places);
    return `${sign}${whole}${places === 0 ? '' : `.${padded.slice(padded.length - places)}`}`;
  });
const plainValue = fc.oneof(
  fc.constantFrom('0', '7', '-0', '-1', '0.5', '1.50', '0.0', '-0.0', '10', '100.010', '0.000001', '0.0000001'),
  fc.constantFrom(
    '12345678901234567890',
    '0.1234567890123456789',
    '999999999999999',
    '9007199254740993',
    '4.35',
    '0.30',
  ),
  decimal,
);
const values = {
  plain: fc.oneof(
    plainValue,
    plainValue.map((number) => `"${number}"`),
    fc.constantFrom('true', 'false'),
  ),
  odd: fc.oneof(
    fc.constantFrom(
      'null',
      '"true"',
      '1e3',
      '"1e3"',
      '1E400',
      '01',
      '-',
      '1.',
      '.5',
      '+1',
      '"+1"',
      '" 1"',
      '"1 "',
      '""',
    ),
    fc.constantFrom(
      '"NaN"',
      '"0x10"',
      '"1_0"',
      '[1]',
      '{}',
      '"\\u0031"',
      'nan',
      'truE',
      '"1',
      "'1'",
      `1${'0'.repeat(120)}`,
    ),
    jsonNumber,
    unwanted,
  ),
};
const printable = fc
  .array(fc.constantFrom(..."abzAZ09 _-/.:{}[],'~^"), { minLength: 1, maxLength: 12 })
  .map((letters) => `x${letters.join('')}`);
const labels = {
  plain: fc.oneof(
    printable.map((text) => `"${text}"`),
    fc.constantFrom('"a"', '"{,"', '"]"', '"1"', '"true"', '"null"', '0', '7', '-1', '12345', '-9999', 'true', 'false'),
  ),
  odd: fc.oneof(
    fc.constantFrom(
      '""',
      '"\'a\'"',
      '"\'"',
      '"é"',
      '"\\n"',
      '"\\u0041"',
      '"\\/"',
      '"\u0001"',
      '"\t"',
      '"\u007f"',
      '"',
      '"a',
    ),
    fc.constantFrom(
      'null',
      '1.5',
      '-0',
      '1e2',
      '123456',
      '1234567',
      '123456789012345',
      '1234567890123456',
      '[]',
      '{"a":1}',
    ),
    jsonText,
    unwanted,
  ),
};

const listed = fc
  .array(spaced(printable.map((text) => `"${text}"`)), { maxLength: 3 })
  .map((each) => `[${each.join(',')}]`);
const kinds = {
  label: labels,
  value: values,
  text: { plain: printable.map((text) => `"${text}"`), odd: labels.odd },
  number: { plain: plainValue, odd: values.odd },
  texts: {
    plain: fc.oneof(fc.constantFrom('null', '[]', '[ ]', '["", ""]', '["\'a\'"]'), listed),
    odd: fc.oneof(
      fc.constantFrom('["x",]', '[,]', '["x" "y"]', '[1]', '[null]', '["é"]', '["\\n"]', '["x"', '{}', '"x"'),
      unwanted,
    ),
  },
};

/** How often something is there that a plain document does not have. */
type Oddness = 'none' | 'some';

const seldom = <T>(plain: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, ...[oddness]: [oddness: Oddness]) =>
  oddness === 'none' ? plain : fc.oneof({ weight: 30, arbitrary: plain }, { weight: 1, arbitrary: odd });

interface Entry {
  readonly key: string;
  readonly value: fc.Arbitrary<string>;
}

const otherKey = fc.constantFrom('"x"', '"lv"', '""', '"L"', '"a "', '"é!"', '"__proto__"', '"0"');
const twistedKey = fc.constantFrom(
  '"\\u006c"',
  '"\\u0061"',
  '"x\\n"',
  '"\u0001"',
  'a',
  '"',
  '"l":1,"l"',
  '"v":2,"v"',
  '',
);
const noComma = fc.constantFrom('', ',,', ';');

/** An object that has these entries, in any order, and others besides. */
function objects(entries: readonly Entry[], oddness: Oddness): fc.Arbitrary<string> {
  const own = entries.map(({ key, value }) =>
    fc.tuple(spaced(seldom(fc.constant(JSON.stringify(key)), twistedKey, ...[oddness])), spaced(value)),
  );
  const other = fc.tuple(spaced(otherKey), spaced(unwanted));
  const some = fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(other, { maxLength: 3 }));
  return fc
    .tuple(fc.tuple(...own), some, fc.nat())
    .chain(([wanted, others, seed]) => {
      const all = [...wanted, ...others];
      const order = seed % 3 === 0 ? fc.constant(all) : fc.shuffledSubarray(all, { minLength: all.length });
      const less = fc.shuffledSubarray(all);
      const twice = fc.constant([...all, ...wanted.slice(0, 1)]);
      return fc.tuple(
        seldom(order, fc.oneof(less, twice), ...[oddness]),
        seldom(fc.constant(','), noComma, ...[oddness]),
        seldom(fc.constant(''), fc.constant(','), ...[oddness]),
      );
    })
    .map(([pairs, comma, end]) => `{${pairs.map((pair) => pair.join(':')).join(comma)}${end}}`);
}

function fieldsBelow(
  fields: readonly FieldLayout[],
  oddness: Oddness,
  ...[drawValue]: [drawValue: (kind: FieldLayout['kind']) => fc.Arbitrary<string>]
): fc.Arbitrary<string> {
  const keys = [...new Set(fields.map((each) => each.keys[0] ?? ''))];
  const entries = keys.map((key): Entry => {
    const below = fields.filter((each) => each.keys[0] === key).map((each) => ({ ...each, keys: each.keys.slice(1) }));
    const [first] = below;
    if (first === undefined || first.keys.length > 0) {
      return { key, value: fieldsBelow(below, oddness, ...[drawValue]) };
    }
    return { key, value: drawValue(first.kind) };
  });
  return objects(entries, oddness);
}

/** Elements that differ in nothing but what is wanted of them. */
function alikeElements(fields: readonly FieldLayout[], oddness: Oddness): fc.Arbitrary<readonly string[]> {
  const template = fieldsBelow(fields, 'none', ...[(kind: FieldLayout['kind']) => fc.constant(`@${kind}@`)]);
  return template.chain((text) => {
    const [start = '', ...rest] = text.split(/(?=@(?:label|value|text|number|texts)@)/);
    const filled = rest.map((part) => {
      const [, name, end = ''] = part.split('@');
      const kind = fieldKinds.find((each) => each === name) ?? 'label';
      const { plain, odd } = kinds[kind];
      return seldom(plain, odd, ...[oddness]).map((value) => value + end);
    });
    return fc.array(
      fc.tuple(...filled).map((each) => start + each.join('')),
      { maxLength: 5 },
    );
  });
}

const fieldKinds = ['label', 'value', 'text', 'number', 'texts'] as const;

function elementsOf({ fields }: ArrayLayout, oddness: Oddness): fc.Arbitrary<string> {
  const drawValue = (kind: FieldLayout['kind']) => seldom(kinds[kind].plain, kinds[kind].odd, ...[oddness]);
  const element = seldom(fieldsBelow(fields, oddness, ...[drawValue]), unwanted, ...[oddness]);
  const different = fc.array(element, { minLength: oddness === 'none' ? 1 : 0, maxLength: 3 });
  const alike = fc.array(alikeElements(fields, oddness), { maxLength: 2 });
  return fc.tuple(different, alike, blank, fc.boolean()).map(([some, others, space, areFirst]) => {
    const all = areFirst ? [...others.flat(), ...some] : [...some, ...others.flat()];
    return `${space}${all.join(`${space},`)}${space}`;
  });
}

/** What is wanted of a document under these keys: an array, or any value. */
interface Wanted {
  readonly keys: readonly string[];
  readonly value: fc.Arbitrary<string>;
}

function documentOf(wanted: readonly Wanted[], oddness: Oddness): fc.Arbitrary<string> {
  const [first] = wanted;
  if (first?.keys.length === 0) return first.value;
  const keys = [...new Set(wanted.map((each) => each.keys[0] ?? ''))];
  const entries = keys.map((key): Entry => {
    const below = wanted.filter((each) => each.keys[0] === key).map((each) => ({ ...each, keys: each.keys.slice(1) }));
    return { key, value: documentOf(below, oddness) };
  });
  return objects(entries, oddness);
}

const given: readonly Omit<Example, 'text'>[] = [
  { layouts: [a], others: [] },
  { layouts: [b], others: [['o', 'c'], ['e']] },
  { layouts: [b, a], others: [] },
  { layouts: [c, d], others: [['b']] },
  { layouts: [root], others: [] },
];

function examples(oddness: Oddness): fc.Arbitrary<Example> {
  return fc.oneof(
    ...given.map((example) => {
      const arrays = example.layouts.map((layout): Wanted => {
        const text = elementsOf(layout, oddness).map((each) => `[${each}]`);
        return { keys: layout.array, value: seldom(text, unwanted, ...[oddness]) };
      });
      const others = example.others.map((keys): Wanted => ({ keys, value: unwanted }));
      return spaced(documentOf([...arrays, ...others], oddness)).map((text) => ({ ...example, text }));
    }),
  );
}

const mixed = fc.oneof({ weight: 1, arbitrary: examples('none') }, { weight: 2, arbitrary: examples('some') });

/** What a reader makes of a document, and the parser does not, wherever one of its bytes is changed. */
function compareChanged(example: Example, change: (bytes: Uint8Array, at: number) => Uint8Array): readonly string[] {
  const bytes = Buffer.from(example.text);
  const reader = makeReader(example);
  return Array.from(bytes, (_, at) => compareDocument(reader, change(bytes, at))).flat();
}

describe('rows of any document', () => {
  test('are what a parser makes of it', () => {
    fc.assert(
      fc.property(mixed, (example) => {
        expect(compareDocument(makeReader(example), Buffer.from(example.text))).toEqual([]);
      }),
      { numRuns },
    );
  });

  test('are given where it is plain', () => {
    fc.assert(
      fc.property(examples('none'), (example) => {
        const { layouts, others, text } = example;
        const found = makeReader(example).reader.readDocument(Buffer.from(text), wide);
        const value = parse(text)?.value;
        const lengths = layouts.map(({ array }) => follow(follow(value, array), ['length']));
        expect(found?.arrays.map(({ rows }) => rows)).toEqual(lengths);
        expect(found?.arrays.map(({ fieldCount }) => fieldCount)).toEqual(layouts.map(({ fields }) => fields.length));
        expect(found?.others).toHaveLength(others.length);
      }),
      { numRuns },
    );
  });

  test('are those of a parser, or none, wherever it is cut off', () => {
    fc.assert(
      fc.property(mixed, (example) => {
        expect(compareChanged(example, (bytes, at) => bytes.subarray(0, at))).toEqual([]);
      }),
      { numRuns: Math.ceil(numRuns / 8) },
    );
  });

  test('are those of a parser, or none, when any of its bytes is another one', () => {
    const replacements = Buffer.from('\0\t\n "\\\'/,:;[]{}-+.0159eEuatfn\u007f\u00ff\u0080', 'latin1');
    fc.assert(
      fc.property(mixed, fc.constantFrom(...replacements), (example, replacement) => {
        const replace = (bytes: Uint8Array, at: number) => {
          const changed = Buffer.from(bytes);
          changed[at] = replacement;
          return changed;
        };
        expect(compareChanged(example, replace)).toEqual([]);
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });

  test.each([
    ['left out', 1],
    ['twice', 0],
  ])('are those of a parser, or none, with any of its bytes %s', (_what, skipped) => {
    const skip = (bytes: Uint8Array, at: number) =>
      Buffer.concat([bytes.subarray(0, skipped === 1 ? at : at + 1), bytes.subarray(at + skipped)]);
    fc.assert(
      fc.property(mixed, (example) => {
        expect(compareChanged(example, skip)).toEqual([]);
      }),
      { numRuns: Math.ceil(numRuns / 8) },
    );
  });

  test('are there as long as the limits allow it', () => {
    const limits = fc.record({ depth: fc.integer({ min: 1, max: 12 }), nodes: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(examples('none'), limits, (example, within) => {
        const bytes = Buffer.from(example.text);
        const found = makeReader(example).reader.readDocument(bytes, within);
        expect(found !== undefined).toBe(isWithin(bytes, within));
      }),
      { numRuns },
    );
  });
});

function isWithin(bytes: Uint8Array, limits: DocumentLimits): boolean {
  try {
    checkStructure(bytes, limits);
    return true;
  } catch {
    return false;
  }
}

/** The document that has these elements in one array alone. */
const nest = ({ array }: ArrayLayout, elements: string) =>
  array.reduceRight((inner, key) => `{${JSON.stringify(key)}:${inner}}`, `[${elements}]`);

const parts = (oddness: Oddness) =>
  fc.oneof(
    ...given.flatMap(({ layouts }) =>
      layouts.map((layout, array) => elementsOf(layout, oddness).map((text) => ({ layouts, layout, array, text }))),
    ),
  );

describe('rows of some elements', () => {
  test('are what a parser makes of those, or none, wherever they are cut off', () => {
    fc.assert(
      fc.property(fc.oneof(parts('none'), parts('some')), ({ layouts, layout, array, text }) => {
        const bytes = Buffer.from(text);
        const reader = new RowReader(layouts);
        const faults = Array.from({ length: bytes.length + 1 }, (_, end) => {
          const part = bytes.subarray(0, end);
          const found = reader.readElements(part, array, ...[wide]);
          if (found === undefined) return [];
          const parsed = parse(nest(layout, toText(part)));
          return parsed === undefined ? ['it is not JSON'] : listFaults(found, layout, ...[parsed.value]);
        });
        expect(faults.flat()).toEqual([]);
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });

  test('are given where they are plain, and no deeper than the limit allows in the document', () => {
    fc.assert(
      fc.property(parts('none'), fc.integer({ min: 1, max: 12 }), ({ layouts, layout, array, text }, depth) => {
        const limits = { depth, nodes: 100_000 };
        const found = new RowReader(layouts).readElements(Buffer.from(text), array, ...[limits]);
        expect(found !== undefined).toBe(isWithin(Buffer.from(nest(layout, text)), limits));
      }),
      { numRuns },
    );
  });

  test('are none for an array that is not one of the layouts', () => {
    expect(new RowReader([a]).readElements(Buffer.from('{}'), 1, ...[wide])).toBeUndefined();
  });
});

const simple: ArrayLayout = { array: ['a'], fields: [field('label', 'l'), field('value', 'v')] };
const strict: ArrayLayout = {
  array: ['a'],
  fields: [field('label', 'l', { mayBeEmpty: false, wholeDigits: 6 }), field('value', 'v')],
};
const rows = (...elements: readonly string[]) => `{"a":[${elements.join(',')}]}`;
const label = (text: string) => rows(`{"l":${text},"v":1}`);
const value = (text: string) => rows(`{"l":"x","v":${text}}`);

test.each<[what: string, text: string, found: readonly (readonly string[])[]]>([
  [
    'keys in their order',
    rows('{"l":"x","v":1}', '{"l":"y","v":2}'),
    [
      ['x', '1'],
      ['y', '2'],
    ],
  ],
  [
    'keys in another order',
    rows('{"v":1,"l":"x"}', '{"l":"y","v":2}'),
    [
      ['x', '1'],
      ['y', '2'],
    ],
  ],
  [
    'keys that are not wanted',
    '{"b":[{"v":3}],"a":[{"z":{"l":1},"l":"x","y":"\\"","v":1,"u":[]}],"c":{}}',
    [['x', '1']],
  ],
  ['blanks everywhere', ' \n{ "a"\t:\r\n[ { "l" : "x" , "v" : 1 } ] } ', [['x', '1']]],
  ['an empty label', label('""'), [['', '1']]],
  ['a label that is a whole number', label('-12345'), [['-12345', '1']]],
  ['a label that is a boolean', label('true'), [['true', '1']]],
  ['a label that has the characters of JSON', label('"[{,:}] \'x\'"'), [["[{,:}] 'x'", '1']]],
  ['a value in quotes', value('"2.5"'), [['x', '2.5']]],
  ['a value that is a boolean', value('false'), [['x', '~false']]],
  ['a value that could be written shorter', value('1.50'), [['x', '~1.50']]],
  ['a negative zero', value('-0'), [['x', '~-0']]],
  ['a fraction that has an exponent when it is shortest', value('0.0000001'), [['x', '~0.0000001']]],
  ['a fraction that just has none', value('0.000001'), [['x', '0.000001']]],
  ['a value of 15 digits', value('123456789012345'), [['x', '123456789012345']]],
  ['a value of more digits than a double has', value('12345678901234567890'), [['x', '~12345678901234567890']]],
])('a plain document with %s has its rows in places', (_what, text, found) => {
  expect(readAll({ layouts: [simple], text })).toEqual([found]);
});

test('elements that are alike are read like others, and one reader reads one document after the other', () => {
  const { reader } = makeReader({ layouts: [c], others: [], text: '' });
  const read = (text: string) => reader.readDocument(Buffer.from(text), wide)?.arrays.map((each) => listTexts(each, c));
  const alike = (end: string) =>
    `{"c":[{"t":"a","z":[{}],"ls":[],"q":1},{"t":"bc","z":[{}],"ls":["x","y"],"q":2.5},{"t":"d","z":[{}],"ls":null,"q":3${end}]}`;
  const found = [
    [
      ['a', '[]', '1'],
      ['bc', '["x","y"]', '2.5'],
      ['d', '[]', '3'],
    ],
  ];
  expect(read(alike('}'))).toEqual(found);
  for (const end of ['', ' ]', ',"q":3}', 'x}', '}}', 'e1}', ',"t":"d"}', ',"z":[}}'])
    expect(read(alike(end))).toBeUndefined();
  expect(read(alike(' }'))).toEqual(found);
  expect(read(alike(',"y":[1]}'))).toEqual(found);
  expect(read('{"c":[{"t":"e","q":1,"ls":["z"]}]}')).toEqual([[['e', '["z"]', '1']]]);
  expect(read(alike('}'))).toEqual(found);
});

test('arrays come in the order of the layouts, whatever the order in the document', () => {
  const text = '{"o":{"b":[{"k\\"":1,"é":2},{"é":3,"k\\"":"z"}]},"a":[{"v":1,"l":"x","n":{"d":{"w":4},"m":"y"}}]}';
  expect(readAll({ layouts: [a, b], text })).toEqual([
    [['x', 'y', '1', '4']],
    [
      ['2', '1'],
      ['3', 'z'],
    ],
  ]);
});

test('texts, numbers and lists of texts are in places, and what else is wanted is given as it is', () => {
  const text = '{"b": {"x":[1, 2]} ,"d":[],"c":[{"t":"x","q":-1.5,"ls":["y", "", "z"]},{"ls":null,"t":"","q":1}]}';
  const found = new RowReader([c], [['b']]).readDocument(Buffer.from(text), wide);
  expect(found?.arrays.map((each) => listTexts(each, c))).toEqual([
    [
      ['x', '["y","","z"]', '-1.5'],
      ['', '[]', '1'],
    ],
  ]);
  expect(found?.others.map(toText)).toEqual(['{"x":[1, 2]}']);
});

test.each([
  ['a number in quotes', '{"t":"x","q":"1","ls":[]}'],
  ['a boolean for a number', '{"t":"x","q":true,"ls":[]}'],
  ['a number for a text', '{"t":1,"q":1,"ls":[]}'],
  ['a text for a list', '{"t":"x","q":1,"ls":"y"}'],
  ['a list with a number', '{"t":"x","q":1,"ls":["y",1]}'],
  ['a list with a comma too many', '{"t":"x","q":1,"ls":["y",]}'],
  ['a list twice', '{"t":"x","q":1,"ls":["y"],"ls":["z"]}'],
  ['a list that is null, twice', '{"t":"x","q":1,"ls":null,"ls":null}'],
])('%s: there are no rows', (_what, element) => {
  expect(readAll({ layouts: [c], text: `{"c":[${element}]}` })).toBeUndefined();
});

test.each([
  ['one that is not there', '{"c":[{"t":"x","q":1,"ls":[]}]}'],
  ['one that is there twice', '{"b":1,"b":1,"c":[{"t":"x","q":1,"ls":[]}]}'],
  ['one that is not JSON', '{"b":01,"c":[{"t":"x","q":1,"ls":[]}]}'],
])('of what else is wanted, %s: there are no rows', (_what, text) => {
  expect(new RowReader([c], [['b']]).readDocument(Buffer.from(text), wide)).toBeUndefined();
});

test('an array may be the whole document', () => {
  const text = '[{"v":1,"l":"x","n":{"d":{"w":4},"m":"y"}}]';
  expect(readAll({ layouts: [root], text })).toEqual([[['x', 'y', '1', '4']]]);
});

test('thousands of rows of different lengths are all there', () => {
  const all = Array.from({ length: 5000 }, (_, i) => [`r${'x'.repeat(i % 97)}${i}`, String(i)]);
  const text = rows(...all.map(([l, v]) => `{"l":"${l}","v":${v}}`));
  expect(readAll({ layouts: [simple], text })).toEqual([all]);
});

test('one field may be a label, and another array the same again', () => {
  const other = { ...simple, array: ['c'] };
  const text = '{"c":[{"l":"x","v":1}],"a":[{"l":"x","v":1}]}';
  expect(readAll({ layouts: [simple, other], text })).toEqual([[['x', '1']], [['x', '1']]]);
});

test.each([
  ['nothing', ''],
  ['a blank', ' '],
  ['null', 'null'],
  ['an array where an object is expected', '[{"l":"x","v":1}]'],
  ['no array', '{"b":1}'],
  ['no keys', '{}'],
  ['null in place of the array', '{"a":null}'],
  ['an empty array', rows()],
  ['an array twice', '{"a":[{"l":"x","v":1}],"a":[{"l":"x","v":1}]}'],
  ['an array, and then null in its place', '{"a":[{"l":"x","v":1}],"a":null}'],
  ['a key with an escape beside the array', '{"\\u0061":[{"l":"y","v":2}],"a":[{"l":"x","v":1}]}'],
  ['a key with an escape in an element', rows('{"l":"x","v":1,"\\u0076":2}')],
  ['an element that is null', rows('{"l":"x","v":1}', 'null')],
  ['an element without a label', rows('{"v":1}')],
  ['an element without a value', rows('{"l":"x"}')],
  ['an element that is empty', rows('{}')],
  ['a label twice', rows('{"l":"x","v":1,"l":"y"}')],
  ['a value twice, and no label', rows('{"v":1,"v":1}')],
  ['a comma behind the last element', '{"a":[{"l":"x","v":1},]}'],
  ['a comma behind the last field', rows('{"l":"x","v":1,}')],
  ['something behind the end', `${label('"x"')} x`],
  ['a byte order mark', `\ufeff${label('"x"')}`],
  ['a label that is null', label('null')],
  ['a label that is a fraction', label('1.5')],
  ['a label that is a negative zero', label('-0')],
  ['a label that is a number with an exponent', label('1e2')],
  ['a label of more digits than are wanted', label('1234567890123456')],
  ['a label in single quotes', label('"\'x\'"')],
  ['a label beyond ASCII', label('"é"')],
  ['a label with an escape', label('"\\n"')],
  ['a label with a control character', label('"\u0001"')],
  ['a label that ends the document', '{"a":[{"v":1,"l":"x'],
  ['a value that is null', value('null')],
  ['a value with an exponent', value('1e3')],
  ['a value of more than 100 digits', value(`1${'0'.repeat(100)}`)],
  ['a value that is no number', value('"x"')],
  ['a value that is empty', value('""')],
  ['a value with a plus', value('"+1"')],
  ['a value with a blank in its quotes', value('" 1"')],
  ['a value that is a boolean in quotes', value('"true"')],
  ['a value with a zero in front', value('01')],
  ['a value without digits behind its point', value('1.')],
  ['a control character in a text that is not wanted', rows('{"l":"x","v":1,"z":"\u0001"}')],
  ['an escape that JSON does not have', rows('{"l":"x","v":1,"z":"\\x"}')],
  ['an escape that is not complete', rows('{"l":"x","v":1,"z":"\\u00g0"}')],
])('%s: there are no rows', (_what, text) => {
  expect(readAll({ layouts: [simple], text })).toBeUndefined();
});

test.each([
  ['an empty label, where it may not be', label('""')],
  ['seven digits, where six are wanted', label('1234567')],
  ['a sign and six digits, where six are wanted', label('-123456')],
])('%s: there are no rows', (_what, text) => {
  expect(readAll({ layouts: [strict], text })).toBeUndefined();
  expect(readAll({ layouts: [simple], text })).toBeDefined();
});

test('a field where an object is expected, and the object twice, make no rows', () => {
  const layouts = [{ array: ['a'], fields: [field('value', 'n.v'), field('value', 'n.w')] }];
  expect(readAll({ layouts, text: rows('{"n":{"v":1,"w":2}}') })).toEqual([[['1', '2']]]);
  expect(readAll({ layouts, text: rows('{"n":1}') })).toBeUndefined();
  expect(readAll({ layouts, text: rows('{"n":{"v":1},"n":{"w":2}}') })).toBeUndefined();
  expect(readAll({ layouts, text: rows('{"n":{"v":1,"w":2},"n":{}}') })).toBeUndefined();
  expect(readAll({ layouts, text: rows('{"n":{"v":1,"w":2},"n":{"v":1,"w":2}}') })).toBeUndefined();
});

test('what is not wanted may be as deep as the limit, or 100 levels, allows', () => {
  const deep = (levels: number) => rows(`{"l":"x","v":1,"z":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  const reads = (levels: number, depth: number) =>
    readAll({ layouts: [simple], text: deep(levels) }, { depth, nodes: 1_000_000 }) !== undefined;
  expect([reads(7, 10), reads(8, 10)]).toEqual([true, false]);
  expect([reads(97, 512), reads(98, 512), reads(100_000, 1_000_000)]).toEqual([true, false, false]);
});

test('a list is no deeper than the limit allows, also where the ones before it are null', () => {
  const text = '{"c":[{"t":"x","ls":null,"q":1},{"t":"y","ls":[],"q":1}]}';
  const reads = (depth: number) => readAll({ layouts: [c], text }, { depth, nodes: 100 }) !== undefined;
  expect([reads(3), reads(4)]).toEqual([false, true]);
});

test('there are no more nodes than the limit allows', () => {
  const text = rows('{"l":"x","v":1,"z":[{},[]]}', '{"l":"x","v":1}');
  const reads = (nodes: number) => readAll({ layouts: [simple], text }, { depth: 10, nodes }) !== undefined;
  expect([reads(6), reads(7)]).toEqual([false, true]);
});

test('a view on larger memory is read within its bounds', () => {
  const text = label('"x"');
  const memory = Buffer.from(`{{${text}}}`);
  const found = new RowReader([simple]).readDocument(memory.subarray(2, 2 + text.length), wide);
  expect(found?.arrays.map((each) => listTexts(each, simple))).toEqual([[['x', '1']]]);
  expect(new RowReader([simple]).readDocument(memory.subarray(2, 1 + text.length), wide)).toBeUndefined();
});
