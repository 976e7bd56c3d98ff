import { describe, expect, test } from 'vitest';
import type { LoginSpec } from '../../../src/model/module.js';
import { readModule } from '../read-modules.js';

function read(keys: string) {
  const { module, problems } = readModule(`login: ${keys}`, { environment: { PASSWORD: 'p' } });
  const { credential } = module.request.httpClient;
  return {
    login: credential?.kind === 'login' ? credential : undefined,
    problems: problems.map((problem) => problem.replace(/^f\.yml:\d+: modules\.m/, '~')),
  };
}

function readWell(keys: string): LoginSpec {
  const { login, problems } = read(keys);
  expect(problems).toEqual([]);
  if (login === undefined) throw new Error('there is no login');
  return login;
}

const TOKEN = "token: { path: '{.t}' }";
const where = 'f.yml:4:5: modules.m.login';

describe('a login', () => {
  test('with everything', () => {
    const login = readWell(
      `{ url: 'https://a.example:8443/in?x=1', method: GET, username_file: user, password: "\${PASSWORD}",` +
        ` headers: { X-A: '{{ .username }}' }, token: { header: X-T }, send: { header: X-U, prefix: 'Key ' }, ttl: 1h }`,
    );
    expect(login).toEqual({
      kind: 'login',
      where,
      url: new URL('https://a.example:8443/in?x=1'),
      method: 'GET',
      headers: [['X-A', { text: '{{ .username }}', where: 'f.yml:4:122: modules.m.login.headers.X-A' }]],
      body: undefined,
      username: { file: expect.stringMatching(/user$/) },
      password: { inline: expect.anything() },
      token: { kind: 'header', name: 'X-T', where: 'f.yml:4:148: modules.m.login.token' },
      send: { kind: 'header', name: 'X-U', prefix: 'Key ' },
      ttlMs: 3_600_000,
    });
    expect(JSON.stringify(login)).toContain('"password":{"inline":"<secret>"}');
  });

  test('with the least', () => {
    expect(readWell(`{ url: /in, ${TOKEN} }`)).toEqual({
      kind: 'login',
      where,
      url: '/in',
      method: 'POST',
      headers: [],
      body: undefined,
      username: undefined,
      password: undefined,
      token: { kind: 'path', name: '{.t}', where: 'f.yml:4:24: modules.m.login.token' },
      send: { kind: 'header', name: 'Authorization', prefix: 'Bearer ' },
      ttlMs: undefined,
    });
  });

  test('has JSON for a body, unless a header says otherwise', () => {
    const names = (keys: string) => readWell(keys).headers.map(([name, { text }]) => [name, text]);
    expect(names(`{ url: /in, ${TOKEN}, body: '{}' }`)).toEqual([['Content-Type', 'application/json']]);
    expect(names(`{ url: /in, ${TOKEN}, body: a, headers: { content-type: text/plain } }`)).toEqual([
      ['content-type', 'text/plain'],
    ]);
  });

  test.each([
    ["token: { path: '$' }", '', { kind: 'header', name: 'Authorization', prefix: 'Bearer ' }],
    ['token: { cookie: sid }', '', { kind: 'cookie', name: 'sid', prefix: '' }],
    ['token: { cookie: sid }', 'send: { cookie: other }', { kind: 'cookie', name: 'other', prefix: '' }],
    ['token: { cookie: sid }', 'send: { header: X-T }', { kind: 'header', name: 'X-T', prefix: '' }],
    ['token: { cookie: sid }', "send: { prefix: 'T ' }", { kind: 'header', name: 'Authorization', prefix: 'T ' }],
    [
      'token: { header: X-T }',
      'send: { header: authorization }',
      { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
    ],
    ['token: { header: X-T }', "send: { prefix: '' }", { kind: 'header', name: 'Authorization', prefix: '' }],
    ['token: { header: X-T }', 'send: {}', { kind: 'header', name: 'Authorization', prefix: 'Bearer ' }],
  ])('with %s and %s sends it as %j', (token, send, expected) => {
    expect(readWell(`{ url: /in, ${token}${send === '' ? '' : `, ${send}`} }`).send).toEqual(expected);
  });
});

describe('what is wrong with a login is told', () => {
  const SEND = 'not a header that can be sent; send: { header: X-Auth-Token }, or { cookie: session }';

  test.each([
    [`{ ${TOKEN} }`, ['~.login needs a url; url: /api/login']],
    ['{ url: /in }', ["~.login needs a token; token: { path: '{.token}' }"]],
    ...['in', '//evil.example/in', 'ftp://a/in', 'https://u:p@a/in', '/in#a', '/a b', '/a\\\\b', 'https://['].map(
      (url): [string, readonly string[]] => [
        `{ url: "${url}", ${TOKEN} }`,
        [
          "~.login.url must be a path on the target's own origin such as /api/login, or an http or https URL without a user",
        ],
      ],
    ),
    [`{ url: /in, ${TOKEN}, method: PUT }`, ['~.login.method must be one of GET, POST, not "PUT"; did you mean GET?']],
    [`{ url: /in, ${TOKEN}, method: GET, body: a }`, ['~.login.body a GET has no body; method: POST']],
    [`{ url: /in, ${TOKEN}, ttl: 0s }`, [expect.stringContaining('~.login.ttl must be a duration above zero')]],
    [
      `{ url: /in, ${TOKEN}, password: a, password_file: b }`,
      ['~.login.password cannot be combined with password_file; keep one'],
    ],
    [
      `{ url: /in, ${TOKEN}, headers: { 'A B': c } }`,
      ['~.login.headers.<key> invalid header name; remove blanks, colons and the like'],
    ],
    [
      "{ url: /in, token: { path: '{.t}', cookie: c } }",
      ["~.login.token needs one of path, header and cookie; token: { path: '{.token}' }"],
    ],
    [
      `{ url: /in, ${TOKEN}, send: { header: X, cookie: c } }`,
      ['~.login.send header and cookie are both set; keep one'],
    ],
    [
      `{ url: /in, ${TOKEN}, send: { prefix: X, cookie: c } }`,
      ['~.login.send.prefix a cookie has no prefix; remove it'],
    ],
    [`{ url: /in, ${TOKEN}, send: { header: Cookie } }`, [`~.login.send.header ${SEND}`]],
    [`{ url: /in, ${TOKEN}, send: { header: Host } }`, [`~.login.send.header ${SEND}`]],
    [`{ url: /in, ${TOKEN}, send: { header: 'a b' } }`, [`~.login.send.header ${SEND}`]],
    [`{ url: /in, ${TOKEN}, send: { cookie: 'a;b' } }`, ['~.login.send.cookie invalid cookie name']],
    [`{ url: /in, ${TOKEN}, passwort: a }`, ['~.login.passwort unknown key; did you mean password?']],
  ])('%s', (keys, problems) => {
    expect(read(keys).problems).toEqual(problems);
  });
});
