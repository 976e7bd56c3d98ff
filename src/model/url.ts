/**
 * The URL that a text is, relative to `base` where there is one; undefined where it is none. Not by URL.canParse: Node 20's
 * says no to letters such as ü once it has been called often.
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
