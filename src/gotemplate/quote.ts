const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

const htmlEscapes: ReadonlyMap<string, string> = new Map([
  ['\0', '\ufffd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** Text for HTML, as Go's template.HTMLEscapeString writes it. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => htmlEscapes.get(character) ?? character);
}

/** Text for inside a JavaScript string, as Go's template.JSEscapeString writes it. */
export function escapeJs(text: string): string {
  return text.replace(/[^ -~\x7f]|[\\'"<>&=]/gu, (character) => {
    if (/[\\'"]/.test(character)) return `\\${character}`;
    if (character > '\x7f' && !unprintable.test(character)) return character;
    return `\\u${hex(character.codePointAt(0) ?? 0, 4).toUpperCase()}`;
  });
}

/** Text for a URL's query, as Go's url.QueryEscape writes it. */
export function escapeQuery(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.~]/gu, (character) => {
    if (character === ' ') return '+';
    return [...Buffer.from(character)].map((byte) => `%${hex(byte, 2).toUpperCase()}`).join('');
  });
}

/** Text for one segment of a URL's path: all but letters, digits and `-_.~` escaped. */
export function escapePathSegment(text: string): string {
  return escapeQuery(text).replaceAll('+', '%20');
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
