/** A JSON Schema (draft 2020-12), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export function ref(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

/** What YAML makes of a scalar: readers take it as it is written, and null for an absent key. */
export const scalar = ref('scalar');

/** A scalar that must be there. */
export const requiredScalar = ref('required_scalar');

/** True or false, in the words of YAML 1.1 too. */
export const flag = ref('flag');

export const number: JsonSchema = { type: ['number', 'null'] };

/** A whole number from 1 on. */
export const count = ref('count');

/** A duration above zero: `1m30s`. */
export const duration = ref('duration');

/** An http or https URL. */
export const url = ref('url');

const DURATION = '([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?';

/** Of a duration: other readers of schemas, Helm's among them, have no patterns that look ahead. */
export const notZero: JsonSchema = { pattern: '[1-9]' };

/** The definitions of the kinds above. */
export const commonDefinitions: Readonly<Record<string, JsonSchema>> = {
  scalar: { type: ['string', 'number', 'boolean', 'null'] },
  required_scalar: { type: ['string', 'number', 'boolean'] },
  flag: {
    anyOf: [
      { type: ['boolean', 'null'] },
      { pattern: '^([Yy](es|ES)?|[Nn][oO]?|[Oo][nN]|[Oo](ff|FF))$', type: 'string' },
    ],
  },
  count: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 },
      { type: 'string', pattern: '^0*[1-9][0-9]{0,14}$' },
      { type: 'null' },
    ],
  },
  duration: { anyOf: [{ type: 'string', pattern: `^${DURATION}$`, allOf: [notZero] }, { type: 'null' }] },
  url: { anyOf: [{ type: 'string', pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]' }, { type: 'null' }] },
};

export function oneOf(words: readonly string[]): JsonSchema {
  return { enum: [...words, null] };
}

export function list(items: JsonSchema): JsonSchema {
  return { type: ['array', 'null'], items };
}

/** A map of these keys and no others. */
export function map(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: ['object', 'null'], properties, required, additionalProperties: false };
}

/** A map of names to one kind of thing. */
export function named(each: JsonSchema): JsonSchema {
  return { type: ['object', 'null'], additionalProperties: each };
}

/** One of these forms. */
export function either(...forms: readonly JsonSchema[]): JsonSchema {
  return { anyOf: forms };
}

/** A secret under a key, or the path of its file. */
export function secret(key: string): Readonly<Record<string, JsonSchema>> {
  return { [key]: scalar, [`${key}_file`]: scalar };
}
