/** Longer texts are cut. */
const MAX_CHARACTERS = 600;

/** Control characters, C1 included, and what turns the direction of text: a terminal would act on them. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text for one line of a terminal: what an upstream put into it does nothing there. */
export function toLine(text: string): string {
  const line = text.replace(UNSAFE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS)}...`;
}
