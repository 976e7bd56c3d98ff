/**
 * Whether a text is a URL, relative to `base` where there is one. Not URL.canParse: Node 20's says no to letters such as ü
 * once it has been called often.
 */
export function canParseUrl(text: string, base?: string): boolean {
  try {
    new URL(text, base);
    return true;
  } catch {
    return false;
  }
}
