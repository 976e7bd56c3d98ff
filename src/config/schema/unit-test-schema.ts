import { dropCauses } from '../../model/drops.js';
import { testableReasons, unitTestFormats } from '../unit-tests/unit-test.js';
import { commonDefinitions, flag, type JsonSchema, map, named, oneOf, scalar } from './json-schema.js';

/** The JSON Schema of a file of unit tests for modules. */
export function createUnitTestSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'zxp unit test file',
    ...map({
      config_file: describe('The config file with the modules, relative to this file.', scalar),
      environment: describe('Variables that the config file names.', named(scalar)),
      tests: { type: 'array', minItems: 1, items: test },
    }),
    type: 'object',
    required: ['tests'],
    patternProperties: { '^x-': {} },
    $defs: commonDefinitions,
  };
}

function describe(description: string, schema: JsonSchema): JsonSchema {
  return { description, ...schema };
}

const texts = named({ anyOf: [scalar, { type: 'array', items: scalar }] });
const reason = { enum: [...testableReasons] };

const hasDocument = { anyOf: [{ required: ['document'] }, { required: ['document_file'] }] };

const response = {
  url: describe('What is requested, or a path of it; http://localhost/ where it is not given.', scalar),
  document: describe('The body of the response: a text, or YAML that becomes JSON.', {}),
  document_file: describe('The file of the body, relative to this file.', scalar),
  status: describe('The HTTP status of the response; 200 where it is not given.', {
    type: ['integer', 'null'],
    minimum: 200,
    maximum: 599,
  }),
  headers: describe('Headers of the response.', texts),
};

const test: JsonSchema = {
  ...map({
    name: describe('What reports call the test.', scalar),
    module: describe('The module that translates the document.', scalar),
    ...response,
    responses: describe('What further requests get, of pages and of follow.', {
      type: ['array', 'null'],
      items: { ...map(response, ['url']), type: 'object', ...hasDocument },
    }),
    params: describe('Parameters of /probe.', texts),
    now: describe('The time of the scrape, such as 2026-01-31T12:00:00Z.', scalar),
    format: describe('The format of the exposition; text where it is not given.', oneOf(unitTestFormats)),
    expect: describe('The exposition that must come of it.', scalar),
    expect_file: describe('The file of the exposition, relative to this file.', scalar),
    subset: describe('Whether further samples are fine.', flag),
    expect_failure: describe('The reason for which the scrape must fail.', {
      anyOf: [{ ...reason, type: 'string' }, { type: 'null' }, map({ reason, message: scalar }, ['reason'])],
    }),
    expect_dropped: describe('Samples that must be dropped, by cause.', {
      ...map(Object.fromEntries(dropCauses.map((cause) => [cause, { type: 'integer', minimum: 0 }]))),
    }),
  }),
  type: 'object',
  ...hasDocument,
  oneOf: [{ required: ['expect'] }, { required: ['expect_file'] }, { required: ['expect_failure'] }],
};
