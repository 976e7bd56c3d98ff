/** `\ud83d\ude00`, `\ud83d` or the first two characters of any other escape. */
const SURROGATE_OR_OTHER_ESCAPE =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)/g;
const LONE_LENGTH = '\\ud83d'.length;

/** The text of UTF-8. */
export function toText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

/** Text with U+FFFD for escapes of half a surrogate pair. Changes nothing else: an escape that is not one of a surrogate is matched to step over its second character. */
export function replaceLoneSurrogates(text: string): string {
  if (!text.includes('\\ud') && !text.includes('\\uD')) return text;
  return text.replace(SURROGATE_OR_OTHER_ESCAPE, (found) => (found.length === LONE_LENGTH ? '\\ufffd' : found));
}
