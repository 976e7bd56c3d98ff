/** Control characters, C1 included, and what turns the direction of text: a terminal would act on them. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text in which nothing does anything to a terminal: control characters, line breaks too, are `\u001b`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same of a text of several lines, which stay lines. */
export function escapeControlsOfLines(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}
