import type { TokenSpec } from '../../model/access-policy.js';
import { parseInstant } from '../../model/instant.js';
import { Section } from '../section.js';
import type { ValueKind } from '../values.js';

const HINT = 'printf %s "$TOKEN" | sha256sum makes one';
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const digest: ValueKind<string> = {
  expected: 'the SHA-256 digest of a token: 64 hex digits',
  read: (value) => (typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : undefined),
};

const instant: ValueKind<number> = {
  expected: 'a time with its zone such as 2027-01-01T00:00:00Z',
  read: (value) => (typeof value === 'string' ? parseInstant(value) : undefined),
};

/** `bearer_tokens`: digests with names and ends. */
export function readTokens(section: Section): readonly TokenSpec[] {
  const places = new Map<string, string>();
  return section.list('bearer_tokens').flatMap((cursor) => {
    const entry = Section.open(cursor, section.reading);
    if (entry === undefined) return [];
    const name = entry.text('name') || undefined;
    const sha256 = readDigest(entry);
    const expiresMs = entry.takeAny('expires') === undefined ? undefined : readEnd(entry);
    entry.finish();
    for (const said of [name, sha256].filter((each) => each !== undefined)) {
      const before = places.get(said);
      if (before !== undefined) entry.refuse(entry, `has the name or digest of ${before}`, 'keep one');
      places.set(said, entry.where);
    }
    return sha256 === undefined ? [] : [{ name, sha256, expiresMs, where: entry.where }];
  });
}

function readDigest(entry: Section): string | undefined {
  const raw = entry.take('token');
  if (raw !== undefined) return entry.refuse(raw, 'has no place here, where all who read the file see it', HINT);
  if (entry.take('sha256') === undefined) entry.needs('sha256', { hint: HINT });
  const sha256 = entry.read('sha256', digest);
  if (sha256 === EMPTY_SHA256) return entry.refuse(entry, 'has the digest of an empty token', HINT);
  return sha256;
}

/** An end that cannot be read must not become none. */
function readEnd(entry: Section): number | undefined {
  if (entry.take('expires') !== undefined) return entry.read('expires', instant);
  return entry.refuse(entry, 'has an empty expires', 'say when, or take it out');
}
