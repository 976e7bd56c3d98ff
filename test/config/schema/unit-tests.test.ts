import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createUnitTestSchema } from '../../../src/config/schema/unit-test-schema.js';
import { readUnitTestFile } from '../../../src/config/unit-tests/unit-test-file.js';

const matches = new Ajv2020({ strict: false, allErrors: true }).compile(createUnitTestSchema());

function agree(text: string) {
  const { problems } = readUnitTestFile({ name: 'x.test.yml', text });
  return { isRead: problems.length === 0, isMatched: matches(parse(text)) };
}

const good = "document: {}, expect: ''";

describe('the JSON Schema of unit tests takes what zxp test takes', () => {
  test.each([
    `tests: [{ ${good} }]`,
    `config_file: zxp.yml\nenvironment: { A: b, C: 1 }\nx-a: 1\ntests: [{ name: n, module: m, ${good} }]`,
    'tests: [{ document: [1], expect_file: a.prom, subset: yes }]',
    'tests: [{ document_file: a.json, expect_failure: schema }]',
    'tests: [{ document: a, expect_failure: { reason: content, message: x } }]',
    `tests: [{ ${good}, status: 404, headers: { A: b, C: [d, e] }, params: { a: 1 }, now: "2026-01-31T12:00:00Z" }]`,
    `tests: [{ ${good}, url: "https://a.example/b", responses: [{ url: /c, document: {}, status: 404 }] }]`,
    `tests: [{ ${good}, format: openmetrics2, expect_dropped: { value: 0 } }]`,
  ])('%s', (text) => {
    expect(agree(text)).toEqual({ isRead: true, isMatched: true });
  });
});

describe('the JSON Schema of unit tests refuses what zxp test refuses', () => {
  test.each([
    '{}',
    'tests: []',
    'tests: {}',
    'tests: [{}]',
    `tests: [{ ${good} }]\nconfig: x`,
    `tests: [{ ${good}, modul: m }]`,
    'tests: [{ document: {} }]',
    "tests: [{ expect: '' }]",
    `tests: [{ ${good}, expect_failure: schema }]`,
    'tests: [{ document: {}, expect_failure: dns }]',
    'tests: [{ document: {}, expect_failure: { message: x } }]',
    `tests: [{ ${good}, status: 99 }]`,
    `tests: [{ ${good}, status: ok }]`,
    `tests: [{ ${good}, subset: maybe }]`,
    `tests: [{ ${good}, format: protobuf }]`,
    `tests: [{ ${good}, expect_dropped: { values: 1 } }]`,
    `tests: [{ ${good}, expect_dropped: { value: -1 } }]`,
    `tests: [{ ${good}, name: [a] }]`,
    `tests: [{ ${good}, responses: {} }]`,
    `tests: [{ ${good}, responses: [{ document: {} }] }]`,
    `tests: [{ ${good}, responses: [{ url: /a }] }]`,
    `tests: [{ ${good}, responses: [{ url: /a, document: {}, expect: '' }] }]`,
  ])('%s', (text) => {
    expect(agree(text)).toEqual({ isRead: false, isMatched: false });
  });
});
