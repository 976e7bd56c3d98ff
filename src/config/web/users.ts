import type { UserSpec } from '../../model/access-policy.js';
import { toSecret } from '../secret-source.js';
import type { Section } from '../section.js';

const HINT = 'zxp hash-password makes one';
/** What costs less is guessed too fast. */
const LEAST_COST = 10;
/** What costs more keeps a processor busy for seconds, at each wrong password too. */
const MOST_COST = 15;

/** `basic_auth_users`: names with the bcrypt hashes of their passwords. What is wrong with a hash never shows it. */
export function readUsers(section: Section | undefined): readonly UserSpec[] {
  return (section?.entries() ?? []).flatMap(({ key: name, cursor }) => {
    if (section === undefined) return [];
    const { where } = cursor;
    if (/[:\p{Cc}]/u.test(name)) {
      section.refuse(cursor, 'has a colon or a control character in its name', 'no browser and no scraper can send it');
    }
    const hash = toSecret(cursor, section.reading);
    if (hash === undefined || !('inline' in hash)) return [];
    const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash.inline.reveal()) ?? [];
    if (cost === undefined) section.refuse(cursor, 'not a bcrypt hash of a password', HINT);
    else if (Number(cost) < 4 || Number(cost) > 31) {
      section.refuse(cursor, `has a cost of ${cost}, and bcrypt's are from 04 to 31`, HINT);
    } else if (Number(cost) < LEAST_COST) {
      section.warn(cursor, `has a cost of ${cost}: whoever gets the hash can try many passwords a second`, HINT);
    } else if (Number(cost) > MOST_COST) {
      section.warn(cursor, `has a cost of ${cost}: checking a password takes seconds`, HINT);
    }
    return [{ name, hash: hash.inline, where }];
  });
}
