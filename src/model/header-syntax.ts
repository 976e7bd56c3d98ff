/** Whether a text can be the name of a header (RFC 9110, 5.1). */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** Whether bytes, as Latin-1, can be the value of a header (RFC 9110, 5.5): no line break, no other control character. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** The same for text that is sent in the bytes of UTF-8, in whatever script it is. */
export function isHeaderText(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\u{10ffff}]*$/u.test(text);
}

/** Whether a text can stand behind the scheme in `Authorization`: visible ASCII, and some of it. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
