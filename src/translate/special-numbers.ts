const SPECIAL = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

/**
 * NaN and the infinities as APIs send them where JSON has no word for them: as strings, in any letter case.
 * Undefined for any other text.
 */
export function parseSpecialNumber(text: string): number | undefined {
  return SPECIAL.get(text.toLowerCase());
}
