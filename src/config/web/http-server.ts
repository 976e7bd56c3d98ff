import { findNearest } from '../nearest.js';
import { readText, type Section } from '../section.js';
import { isSaid } from './required-keys.js';

/** The headers that exporter-toolkit lets a file set, and what they may be where that is not free. */
const HEADERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Content-Security-Policy', []],
  ['Strict-Transport-Security', []],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-XSS-Protection', []],
]);

/** `http_server_config`: the headers that it gives every answer. A blank one is not sent. */
export function readHttpServer(section: Section | undefined): readonly (readonly [name: string, value: string])[] {
  if (section === undefined) return [];
  // HTTP/1.1 is spoken whatever it says.
  if (isSaid(section, 'http2')) section.flag('http2');
  const entries = section.section('headers')?.entries() ?? [];
  section.finish();
  return entries.flatMap(({ key, cursor }) => {
    const words = HEADERS.get(key);
    if (words === undefined) {
      const nearest = findNearest(key, HEADERS.keys());
      const hint = nearest === undefined ? `there is ${[...HEADERS.keys()].join(', ')}` : `did you mean ${nearest}?`;
      section.refuse(cursor, 'is no header that can be set here', hint);
      return [];
    }
    const value = readText(cursor, section.reading);
    if (value === undefined || value === '') return [];
    if (words.length > 0 && !words.includes(value)) section.refuse(cursor, `must be ${words.join(' or ')}`);
    else if (!/^[\t\x20-\x7e]*$/.test(value)) section.refuse(cursor, 'must be printable ASCII on one line');
    else return [[key, value] as const];
    return [];
  });
}
