import type { YamlCursor } from '../yaml-cursor.js';

/** A number as JSON writes it: kept as it is, with all of its digits. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

type Refuse = (place: YamlCursor, message: string, hint?: string) => undefined;

/** The JSON of a document that is written in YAML. Undefined, with the problem noted, for what JSON does not have. */
export function toJsonText(cursor: YamlCursor, refuse: Refuse): string | undefined {
  const { fields, items } = cursor;
  if (fields !== undefined) {
    const parts = fields.map((field) => {
      const value = toJsonText(field.cursor, refuse);
      return value === undefined ? undefined : `${JSON.stringify(field.key)}:${value}`;
    });
    return join(parts, '{', '}');
  }
  if (items !== undefined)
    return join(
      items.map((item) => toJsonText(item, refuse)),
      '[',
      ']',
    );
  const { text = '', value } = cursor;
  if (typeof value === 'number') {
    if (JSON_NUMBER.test(text)) return text;
    if (!Number.isFinite(value)) return refuse(cursor, 'JSON has no such number', 'put it in quotes, if it is text');
  }
  return JSON.stringify(value);
}

function join(parts: readonly (string | undefined)[], open: string, close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(',')}${close}`;
}
