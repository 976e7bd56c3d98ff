/**
 * The query of a scrape as the wire has it: form-encoded again, blanks as `+`, in the order in which it came. A name
 * without `=` is left out, as the original does.
 */
export function encodeQuery(query: string): string {
  return query
    .split('&')
    .filter((part) => part.includes('='))
    .flatMap((part) => [...new URLSearchParams(`&${part}`)])
    .map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`)
    .join('&');
}

function encodeForm(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
