import type { Budget } from '../budget.js';
import { display } from '../format.js';
import { parseFloatText, parseInteger } from '../literals.js';
import { isList, type Value } from '../values.js';

const smallestInteger = -(2n ** 63n);

/** A value as sprig makes text of it. */
export function toText(value: Value, budget: Budget): string {
  return typeof value === 'string' ? value : display(value, budget);
}

/** A list's elements as text without the nils; anything else is a list of one. */
export function toTexts(value: Value, budget: Budget): string[] {
  if (value === null) return [];
  if (!isList(value)) return [toText(value, budget)];
  return value.filter((each) => each !== null).map((each) => toText(each, budget));
}

/** An integer of 64 bits as sprig makes one: floats lose their fraction, text is a Go literal, the rest is 0. */
export function toInteger(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'string') return parseInteger(value.replace(/\.0{1,64}$/, '')) ?? 0n;
  if (typeof value !== 'number') return 0n;
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : smallestInteger;
}

/** A float as sprig makes one; what is no number is 0. */
export function toFloat(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return typeof value === 'string' ? (parseFloatText(value) ?? 0) : 0;
}
