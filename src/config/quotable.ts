/** How messages name a key or value that might be a secret. */
export const HIDDEN = '<key>';

/** Whether a word has the form of a name or of one of few words, as no more than a line of a message takes. */
export function isName(word: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_./-]{0,63}$/u.test(word);
}
