import { PRESET_PREFIX } from '../../model/presets.js';
import { type Setting, settingRows } from '../settings.js';
import { count, duration, flag, type ValueKind, webListenAddress } from '../values.js';
import { credentialDefinitions } from './credentials-schema.js';
import type { JsonSchema } from './json-schema.js';
import * as json from './json-schema.js';
import { moduleDefinitions } from './module-schema.js';

/** The JSON Schema of a config file, of zxp's own and of json_exporter's: settings, modules, targets, auths. */
export function createConfigSchema(): JsonSchema {
  const settings = describeSettings();
  const other = {
    modules: namedModules('module'),
    targets: json.list(json.ref('target')),
    auths: json.named(json.ref('auth')),
    budgets: json.named(json.ref('budget')),
    include: json.list(json.requiredScalar),
  };
  const own = Object.keys({ ...settings, ...other }).filter((key) => key !== 'modules');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'zxp configuration file',
    if: { type: 'object', required: ['modules'], not: { anyOf: own.map((key) => ({ required: [key] })) } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { type: 'object', properties: { modules: namedModules('json_exporter_module') } },
    else: {
      type: ['object', 'null'],
      properties: { ...settings, ...other },
      patternProperties: { '^x-': {} },
      additionalProperties: false,
    },
    $defs: { ...json.commonDefinitions, ...credentialDefinitions, ...moduleDefinitions },
  };
}

/** Modules by their names, which are none of presets. */
function namedModules(definition: string): JsonSchema {
  return { ...json.named(json.ref(definition)), propertyNames: { not: { pattern: `^${PRESET_PREFIX}` } } };
}

/** The keys of settings, those of a section below it. */
function describeSettings(): Readonly<Record<string, JsonSchema>> {
  const top: Record<string, JsonSchema> = {};
  const sections = new Map<string, Record<string, JsonSchema>>();
  for (const row of settingRows) {
    const [head = '', name] = row.key?.split('.') ?? [];
    if (row.key === undefined) continue;
    if (name === undefined) top[head] = describeSetting(row);
    else sections.set(head, { ...sections.get(head), [name]: describeSetting(row) });
  }
  return { ...top, ...Object.fromEntries([...sections].map(([name, keys]) => [name, json.map(keys)])) };
}

function describeSetting(row: Setting<unknown>): JsonSchema {
  const each = describeKind(row.kind);
  const facts = { description: row.help, ...(row.default === undefined ? {} : { default: row.default }) };
  return row.repeatable === true
    ? { ...facts, anyOf: [each, { type: 'array', items: each, minItems: 1 }] }
    : { ...facts, ...each };
}

/** Numbers and booleans may be written as text as well; a duration of zero is the number too. */
function describeKind(kind: ValueKind<unknown>): JsonSchema {
  if (kind === flag) return { enum: [true, false, 'true', 'false'] };
  if (kind.words !== undefined) return { enum: [...kind.words] };
  if (kind === count)
    return {
      anyOf: [
        { type: 'integer', minimum: 1 },
        { type: 'string', pattern: '^0*[1-9][0-9]*$' },
      ],
    };
  if (kind === duration)
    return { anyOf: [{ const: 0 }, { type: 'string', pattern: '^([0-9]+(y|w|d|h|m|s|ms))+$|^0$' }] };
  if (kind.expected.startsWith('a duration'))
    return { type: 'string', pattern: '^([0-9]+(y|w|d|h|m|s|ms))+$', allOf: [json.notZero] };
  if (kind.expected.startsWith('a size'))
    return {
      anyOf: [
        { type: 'number', minimum: 1 },
        { type: 'string', pattern: '^[0-9.]+ *([kKMG]i?B|B)?$' },
      ],
    };
  if (kind === webListenAddress || kind.expected.startsWith('an address'))
    return { type: 'string', pattern: ':[0-9]{1,5}$|^unix:' };
  return { type: 'string', minLength: 1 };
}
