import { describe, expect, test } from 'vitest';
import { findWeakenings } from '../../../src/config/web/weakened-policy.js';
import { HASH, readRight, SHA256, tls } from './read-web-config.js';

const users = `basic_auth_users: { alice: '${HASH}' }\n`;
const tokens = `bearer_tokens: [{ sha256: ${SHA256} }]\n`;
const verified = (...keys: readonly string[]) =>
  tls('client_ca_file: ca.pem', 'client_auth_type: RequireAndVerifyClientCert', ...keys);
const mutual = `${tls('client_ca_file: ca.pem')}mode: mtls\n`;

function findLost(before: string | undefined, after: string | undefined): readonly string[] {
  const toAccessPolicy = (text: string | undefined) => (text === undefined ? undefined : readRight(text));
  return findWeakenings(toAccessPolicy(before), toAccessPolicy(after)).map(
    ({ where, message, hint }) => `${where} ${message}; ${hint}`,
  );
}

const NOBODY = '--web.config.file no longer requires credentials; mode: none says so';
const PLAIN = '--web.config.file has no TLS any more; restart zxp if that is intended';
const UNVERIFIED =
  '--web.config.file requires no certificate of clients any more; client_auth_type: NoClientCert says so';

describe('a reload loses', () => {
  test.each([
    ['the users of an emptied file', users, '', [NOBODY]],
    ['the tokens of an emptied file', tokens, '# later\n', [NOBODY]],
    ['the file itself', users, undefined, [NOBODY]],
    ['users that were not written yet', `${tls()}${users}`, tls(), [NOBODY]],
    ['TLS that was not written yet', `${users}${tls()}`, users, [PLAIN]],
    ['everything', mutual, '', [NOBODY, PLAIN, UNVERIFIED]],
    ['certificates of clients', verified(), tls(), [UNVERIFIED]],
    ['certificates of clients with names', verified('client_allowed_sans: [a]'), tls(), [UNVERIFIED]],
    [
      'certificates of clients, of which users are left',
      `${users}mode: basic\n${verified()}`,
      `${users}mode: basic\n${tls()}`,
      [UNVERIFIED],
    ],
    [
      'names of clients',
      verified('client_allowed_sans: [prometheus]'),
      verified(),
      ['--web.config.file has no client_allowed_sans any more; restart zxp if that is intended'],
    ],
    [
      'ranges of clients',
      'allowed_clients: [10.0.0.0/8]',
      'rate_limit: { interval: 0 }',
      [
        '--web.config.file has no allowed_clients any more; allowed_clients: ["0.0.0.0/0", "::/0"] lets every address in',
      ],
    ],
    [
      'the limit',
      'rate_limit: { interval: 1s, burst: 9 }',
      'allowed_clients: [10.0.0.0/8]',
      ['--web.config.file has no rate_limit any more; rate_limit: { interval: 0 } is none'],
    ],
  ])('%s', (_, before, after, lost) => {
    expect(findLost(before, after)).toEqual(lost);
  });
});

describe('a reload may', () => {
  test.each([
    ['bring access control', undefined, users],
    ['bring users', '', users],
    ['have tokens in place of users', users, tokens],
    ['have fewer users', `${users.replace(' }', `, bob: '${HASH}' }`)}`, users],
    ['say that nobody is asked', users, 'mode: none'],
    ['say that no certificate is asked for', verified(), tls('client_auth_type: NoClientCert')],
    ['have users in place of mtls', mutual, `${tls()}${users}mode: basic`],
    ['have mtls in place of users', `${tls()}${users}`, mutual],
    ['say that there is no limit', 'rate_limit: { interval: 1s, burst: 9 }', 'rate_limit: { interval: 0 }'],
    ['have no limit where there was none', 'rate_limit: { interval: 0 }', 'mode: none'],
    ['widen the ranges', 'allowed_clients: [10.0.0.0/8]', 'allowed_clients: ["0.0.0.0/0"]'],
    [
      'leave all as it is',
      `${verified('client_allowed_sans: [a]')}${users}allowed_clients: [10.0.0.0/8]`,
      `${verified('client_allowed_sans: [a]')}${users}allowed_clients: [10.0.0.0/8]`,
    ],
  ])('%s', (_, before, after) => {
    expect(findLost(before, after)).toEqual([]);
  });
});

test('no access control that was cut short takes the place of a guarded one', () => {
  const rest = `allowed_clients: [10.0.0.0/8]\nrate_limit: { interval: 1s, burst: 9 }\n`;
  const whole = `${verified('client_allowed_sans: [prometheus]')}${users}${rest}`;
  for (let length = 0; length < whole.length - 1; length++) {
    const cut = whole.slice(0, length);
    expect(isTaken(whole, cut), JSON.stringify(cut)).toBe(false);
  }
});

/** Whether a file takes the place of another at a reload. */
function isTaken(before: string, after: string): boolean {
  try {
    return findLost(before, after).length === 0;
  } catch {
    return false;
  }
}
