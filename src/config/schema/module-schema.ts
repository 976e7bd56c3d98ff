import { ownCredentialKeys } from './credentials-schema.js';
import {
  count,
  duration,
  either,
  flag,
  type JsonSchema,
  list,
  map,
  named,
  number,
  oneOf,
  ref,
  requiredScalar,
  scalar,
} from './json-schema.js';
import { metricHelp, moduleHelp, valueHelp } from './module-help.js';

type Keys = Readonly<Record<string, JsonSchema>>;

/** The keys with what they mean, for editors. */
function describe(keys: Keys, help: Readonly<Record<string, string>>): Keys {
  return Object.fromEntries(
    Object.entries(keys).map(([key, schema]) => [
      key,
      help[key] === undefined ? schema : { ...schema, description: help[key] },
    ]),
  );
}

const plainValueKeys: Keys = {
  path: scalar,
  cel: scalar,
  header: scalar,
  status: flag,
  key: flag,
  length: flag,
  from: either(oneOf(['element', 'parent', 'grandparent', 'root']), { type: 'integer', minimum: 0, maximum: 99 }),
  at: oneOf(['index']),
  json: scalar,
  default: scalar,
  regex: either(scalar, map({ pattern: scalar, replacement: scalar }, ['pattern'])),
  map: named(scalar),
  otherwise: scalar,
  unit: oneOf(['bytes', 'duration', 'percent']),
  date: scalar,
  timezone: scalar,
  base: { enum: [2, 8, 16, '2', '8', '16', null] },
  scale: number,
};

const valueKeys = describe(plainValueKeys, valueHelp);

const plainStateKeys: Keys = {
  states: { type: ['array', 'null'], items: scalar, minItems: 1 },
  state_label: scalar,
  stateset: flag,
};

const stateKeys = describe(plainStateKeys, valueHelp);

const value = ref('value');

const run = map({ offset: value, counts: scalar }, ['counts']);

const plainMetricKeys: Keys = {
  ...valueKeys,
  ...stateKeys,
  path: either(scalar, { type: 'array', items: requiredScalar, minItems: 1 }),
  scale: either(number, value),
  name: either(
    { type: ['string', 'number', 'boolean'], minLength: 1 },
    map({ ...valueKeys, prefix: scalar, max: count }),
  ),
  help: scalar,
  type: oneOf(['value', 'object', 'histogram', 'summary', 'exponential_histogram']),
  valuetype: oneOf(['untyped', 'gauge', 'counter', '']),
  value: ref('named_value'),
  values: named(ref('named_value')),
  labels: named(value),
  timestamp: value,
  epochtimestamp: scalar,
  epochTimestamp: scalar,
  allow_missing_key: flag,
  duplicates: oneOf(['first', 'last', 'sum', 'error']),
  aggregate: oneOf(['count', 'sum', 'min', 'max', 'avg']),
  buckets: either(scalar, map({ path: scalar, cumulative: flag, bound: value, count: value }, ['path'])),
  quantiles: either(scalar, map({ path: scalar, quantile: value, value }, ['path'])),
  count: value,
  sum: value,
  zero_count: value,
  zero_threshold: value,
  positive: run,
  negative: run,
  metric_unit: { anyOf: [{ type: 'string', pattern: '^[a-zA-Z0-9_:]+$' }, { type: 'null' }] },
  info: flag,
  created: value,
  uptime: value,
  exemplar: map({ labels: named(value), value, timestamp: value }, ['value']),
};

const metricKeys = describe(plainMetricKeys, { ...valueHelp, ...metricHelp });

const template = map({ template: requiredScalar }, ['template']);
const texts = named(either(scalar, list(either(scalar, template)), template));

const conditionTexts = either(scalar, { type: 'array', items: scalar, minItems: 1 });

const next = either(
  { enum: ['link'] },
  map({ path: requiredScalar }, ['path']),
  map({ cursor: requiredScalar, param: requiredScalar }, ['cursor', 'param']),
  map({ page: requiredScalar, start: { type: ['integer', 'null'], minimum: 0 } }, ['page']),
  map({ offset: requiredScalar, limit: count, limit_param: scalar }, ['offset', 'limit']),
);

/** The keys of a module that json_exporter has too. */
const plainJsonExporterKeys: Keys = {
  headers: texts,
  metrics: list(ref('metric')),
  http_client_config: ref('http_client_config'),
  body: map({ content: scalar, templatize: flag }),
  valid_status_codes: list({ type: 'integer', minimum: 100, maximum: 599 }),
};

const jsonExporterKeys = describe(plainJsonExporterKeys, moduleHelp);

/** The keys of a module that are zxp's own. */
const plainOwnKeys: Keys = {
  translator: oneOf(['mapping', 'zot', 'flatten', 'prom2json', 'otlp']),
  timeout: duration,
  min_interval: duration,
  stale_on_error: duration,
  coalesce: flag,
  max_requests_per: ref('budget'),
  budget: scalar,
  max_connections: count,
  allow: list(scalar),
  auth: scalar,
  params: texts,
  forward_headers: list(scalar),
  forward_authorization: flag,
  forward_verified: flag,
  ...ownCredentialKeys,
  labels: named(scalar),
  only: list(either(scalar, { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: scalar })),
  drop: list(either(scalar, { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: scalar })),
  compat: oneOf(['strict']),
  format: oneOf(['json', 'ndjson']),
  decode: list(map({ path: either(scalar, { type: 'array', items: requiredScalar, minItems: 1 }) }, ['path'])),
  fail_if: list(ref('condition')),
  fail_if_body_json_matches_cel: scalar,
  fail_if_body_json_not_matches_cel: scalar,
  pages: map({ items: requiredScalar, next, max: count }, ['items', 'next']),
  follow: map(
    {
      each: requiredScalar,
      url: requiredScalar,
      into: { type: ['string', 'number', 'boolean', 'null'], minLength: 1 },
      max: count,
      concurrency: count,
      on_error: oneOf(['fail', 'skip']),
    },
    ['each', 'url'],
  ),
  discover: map({ each: requiredScalar, target: requiredScalar, labels: named(scalar) }, ['each', 'target']),
};

const ownKeys = describe(plainOwnKeys, moduleHelp);

/** Definitions of modules and all that is in them. */
export const moduleDefinitions: Readonly<Record<string, JsonSchema>> = {
  module: map({ ...jsonExporterKeys, ...ownKeys }),
  // json_exporter ignores keys that it does not know, unless the module uses one of zxp's.
  json_exporter_module: {
    if: { type: 'object', anyOf: Object.keys(ownKeys).map((key) => ({ required: [key] })) },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: ref('module'),
    else: {
      type: ['object', 'null'],
      properties: {
        ...jsonExporterKeys,
        metrics: list(ref('json_exporter_metric')),
        http_client_config: { type: ['object', 'null'] },
      },
    },
  },
  metric: map(metricKeys, ['name']),
  json_exporter_metric: {
    type: ['object', 'null'],
    properties: { name: metricKeys['name'], labels: named(value), values: named(ref('named_value')) },
    required: ['name'],
  },
  value: either(scalar, map(valueKeys)),
  named_value: either(scalar, map({ ...valueKeys, ...stateKeys })),
  condition: map({
    path: scalar,
    cel: scalar,
    message: scalar,
    not: conditionTexts,
    is: conditionTexts,
    exists: flag,
    above: number,
    below: number,
  }),
  target: map({ name: requiredScalar, url: requiredScalar, module: scalar, auth: scalar, labels: named(scalar) }, [
    'name',
    'url',
  ]),
};
