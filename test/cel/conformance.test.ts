import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Budget } from '../../src/cel/budget.js';
import { type CelExpression, compileExpression } from '../../src/cel/expression.js';
import { CelSyntaxError } from '../../src/cel/syntax-error.js';
import { formatTimestamp } from '../../src/cel/time.js';
import { dyn, int, listOf, mapOf, string } from '../../src/cel/types.js';
import {
  Bytes,
  Duration,
  EvaluationError,
  fromDocument,
  listItems,
  mapKeys,
  mapValue,
  Timestamp,
  TypeName,
  Uint,
} from '../../src/cel/values.js';
import { formatGoFloat } from '../../src/golang/number.js';
import { parseDocument } from '../../src/jsonpath/document.js';

const folder = new URL('../../fixtures/conformance/cel/', import.meta.url);
const casesText = readFileSync(new URL('cases.json', folder), 'utf8');
const cases: { params: object; headers: object; status: number; expressions: Record<string, string[]> } =
  JSON.parse(casesText);
const recording: Record<string, unknown> = JSON.parse(readFileSync(new URL('recording.json', folder), 'utf8'));

/** As zxp reads a reply: an integer that a double cannot hold is a bigint. */
const parsed = parseDocument(casesText);
const body = typeof parsed === 'object' && parsed !== null && 'document' in parsed ? parsed.document : undefined;

const texts = mapOf(string, listOf(string));
const declarations = { body: dyn, params: texts, headers: texts, status: int };
const variables = [body, cases.params, cases.headers, BigInt(cases.status)];

/** Where zxp differs from cel-go, and why. */
const differences: Readonly<Record<string, unknown>> = {
  // A leading point is not in the grammar of the parser.
  '.5': 'rejected',
  // A condition in the middle of another needs no parentheses here.
  'true ? false ? 1 : 2 : 3': { int: '2' },
  // A literal pattern that RE2 does not take is a mistake in the configuration, and found when it is loaded.
  '"hello".matches("[")': 'rejected',
  '"aa".matches("(a)\\\\1")': 'rejected',
  '"a".matches("(?=a)")': 'rejected',
  'body.s.matches("(")': 'rejected',
  'false && body.s.matches("(")': 'rejected',
  '"x".matches("^\\\\C$")': 'rejected',
  '"abc".matches("a{1001}")': 'rejected',
};

/** A value as the recording has it. */
function describeValue(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number') return { double: formatGoFloat(value) };
  if (typeof value === 'string') return { string: value };
  if (value instanceof EvaluationError) return 'error';
  if (value instanceof Uint) return { uint: String(value.value) };
  if (value instanceof Bytes) return { bytes: Buffer.from(value.bytes).toString('hex') };
  if (value instanceof Timestamp) return { timestamp: formatTimestamp(new Timestamp(value.nanoseconds)) };
  if (value instanceof Duration) return { duration: String(value.nanoseconds) };
  if (value instanceof TypeName) return { type: value.name };
  const items = listItems(value);
  if (items !== undefined) return { list: items.map((item) => describeValue(fromDocumentOf(value, item))) };
  const entries = (mapKeys(value) ?? []).map((key) => [describeValue(key), describeValue(mapValue(value, key))]);
  return { map: entries };
}

function fromDocumentOf(list: unknown, item: unknown): unknown {
  return Array.isArray(list) ? fromDocument(item) : item;
}

function sortEntries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortEntries);
  if (typeof value !== 'object' || value === null) return value;
  if ('map' in value && Array.isArray(value.map)) {
    return { map: value.map.map(sortEntries).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sortEntries(each)]));
}

function evaluate(source: string): unknown {
  let expression: CelExpression;
  try {
    expression = compileExpression(source, declarations);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CelSyntaxError);
    return 'rejected';
  }
  return describeValue(expression.evaluate(variables, new Budget({ bytes: 1_000_000, isLate: () => false })));
}

describe.each(Object.entries(cases.expressions))('%s give what cel-go gives', (_, expressions) => {
  test.each(expressions)('%s', (source) => {
    const expected = Object.hasOwn(differences, source) ? differences[source] : recording[source];
    expect(sortEntries(evaluate(source))).toEqual(sortEntries(expected));
  });
});

test('the recording has all expressions, and hundreds of them', () => {
  const all = Object.values(cases.expressions).flat();
  expect(all.length).toBeGreaterThan(1000);
  expect(all.filter((source) => !Object.hasOwn(recording, source))).toEqual([]);
  expect(Object.keys(differences).filter((source) => !all.includes(source))).toEqual([]);
});
