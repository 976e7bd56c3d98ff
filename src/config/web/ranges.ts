import { parseRange } from '../../net/address-range.js';
import { readText, type Section } from '../section.js';
import type { YamlCursor } from '../yaml-cursor.js';

/**
 * `allowed_clients`: address ranges in canonical CIDR form, and `unix` for clients of a unix socket, which have no
 * address; undefined where every client is allowed.
 */
export function readAllowedClients(section: Section): readonly string[] | undefined {
  if (section.take('allowed_clients') === undefined) return undefined;
  return section.list('allowed_clients').flatMap((cursor) => {
    const isUnix = cursor.value === 'unix';
    return isUnix ? ['unix'] : (readRange(section, cursor) ?? []);
  });
}

/** `trusted_proxies`, in the same form; none where the key is absent. */
export function readTrustedProxies(section: Section): readonly string[] {
  return section.list('trusted_proxies').flatMap((cursor) => {
    const range = readRange(section, cursor);
    if (range?.endsWith('/0') !== true) return range ?? [];
    section.refuse(
      cursor,
      'matches every address, so that any client could claim any address',
      'list the proxies alone',
    );
    return [];
  });
}

function readRange(section: Section, cursor: YamlCursor): string | undefined {
  const text = readText(cursor, section.reading);
  if (text === undefined) return undefined;
  const reading = parseRange(text);
  return 'range' in reading ? reading.range : section.refuse(cursor, reading.problem, reading.hint);
}
