import { describe, expect, test } from 'vitest';
import { readModule } from '../read-modules.js';

const read = (keys: string) => {
  const { module, problems } = readModule(keys, { environment: { PASSWORD: 'p' } });
  return {
    credential: module.request.httpClient.credential,
    problems: problems.map((problem) => problem.replace(/^f\.yml:\d+: modules\.m/, '~')),
  };
};

describe('registry_token', () => {
  test('has realms by their origins, and perhaps a user', () => {
    const { credential, problems } = read(`\
registry_token:
  realms: ['https://auth.example/', 'HTTP://AUTH.example:80', 'https://[::1]:5001']
  basic_auth: { username: zxp, password: "\${PASSWORD}" }
`);
    expect(problems).toEqual([]);
    if (credential?.kind !== 'registry_token') throw new Error('it is another kind');
    expect(credential.realms).toEqual(['https://auth.example', 'http://auth.example', 'https://[::1]:5001']);
    const { username, password } = credential.basic ?? {};
    const reveal = (source: typeof username) => source !== undefined && 'inline' in source && source.inline.reveal();
    expect([reveal(username), reveal(password)]).toEqual(['zxp', 'p']);
  });

  test.each(['registry_token:', 'registry_token: {}', 'registry_token: { realms: }'])('may say nothing: %s', (keys) => {
    expect(read(keys)).toEqual({
      credential: { kind: 'registry_token', realms: [], basic: undefined },
      problems: [],
    });
  });

  test.each([
    'auth.example',
    'https://auth.example/token',
    'https://u:p@auth.example',
    'https://*.example',
    'ftp://auth.example',
    'https://auth.example:99999',
    'https://',
  ])('refuses a realm that is no origin: %s', (realm) => {
    expect(read(`registry_token: { realms: ['${realm}'] }`).problems).toEqual([
      '~.registry_token.realms[0] must be an origin such as https://auth.example or http://auth.example:5001',
    ]);
  });

  test('refuses what it does not know', () => {
    expect(read('registry_token: { realm: [] }').problems).toEqual([
      '~.registry_token.realm unknown key; did you mean realms?',
    ]);
    expect(read('registry_token: yes').problems).toEqual(['~.registry_token must be a map, not text']);
  });
});

describe('a module with two credentials is refused', () => {
  const login = "login: { url: /l, token: { path: '{.t}' } }";

  test.each([
    [`registry_token: {}\n${login}`, '~ more than one credential: registry_token and login; keep one'],
    [
      'registry_token:\nhttp_client_config: { bearer_token: a }',
      '~ more than one credential: a credential of http_client_config and registry_token; keep one',
    ],
    [
      `${login}\nhttp_client_config: { basic_auth: { username: a } }`,
      '~ more than one credential: a credential of http_client_config and login; keep one',
    ],
    [
      'registry_token: {}\nheaders: { authorization: a }',
      '~ registry_token and Authorization in headers; use basic_auth of registry_token',
    ],
  ])('%s', (keys, problem) => {
    expect(read(keys).problems).toEqual([problem]);
  });

  test('but not one beside TLS, headers and a proxy', () => {
    const { problems, credential } = read(
      "registry_token: {}\nhttp_client_config: { tls_config: { server_name: a }, proxy_url: 'http://p' }",
    );
    expect(problems).toEqual([]);
    expect(credential?.kind).toBe('registry_token');
  });
});
