import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/model/errors.js';
import type { LoginSpec } from '../../src/model/module.js';
import { compileLogin } from '../../src/modules/login.js';

const where = 'f.yml:1: modules.m.login';

async function compile(more: Partial<LoginSpec>) {
  const problems: Problem[] = [];
  const spec: LoginSpec = {
    kind: 'login',
    where,
    url: '/in',
    method: 'POST',
    headers: [],
    body: undefined,
    username: undefined,
    password: undefined,
    token: { kind: 'path', name: '{.token}', where },
    send: { kind: 'header', name: 'Authorization', prefix: 'Bearer ' },
    ttlMs: undefined,
    ...more,
  };
  return { recipe: await compileLogin(spec, problems), problems };
}

const secrets = { username: 'zxp', password: 'a"b&c' };

describe('the body of a login', () => {
  test.each([
    ['plain text', 'plain text'],
    ['{"p":{{ .password | toJson }}}', '{"p":"a\\"b\\u0026c"}'],
    ['u={{ .username | urlquery }}&p={{ .password | urlquery }}', 'u=zxp&p=a%22b%26c'],
    ['{{ printf "%s:%s" .username .password | b64enc }}', Buffer.from('zxp:a"b&c').toString('base64')],
    ['{{ $p := .password }}{{ len $p }}', '5'],
    ['{{ range $k, $v := . }}{{ $k }},{{ end }}', 'password,username,'],
    ['{{ get . "username" }}', 'zxp'],
  ])('%s', async (text, expected) => {
    const { recipe, problems } = await compile({ body: { text, where } });
    expect(problems).toEqual([]);
    expect(recipe.render(secrets).body).toBe(expected);
  });

  test.each([
    [
      '{{ .pasword }}',
      'is not a template: .pasword: there is no .pasword at line 1, column 4',
      'there is .password, .username',
    ],
    [
      '{{ .username | nosuch }}',
      'is not a template: unknown function nosuch at line 1, column 16',
      expect.stringMatching(/^functions are abbrev, /),
    ],
    ['{{ .Get "username" }}', 'is not a template: .Get: is a value, not a function at line 1, column 4', undefined],
    ['{{', 'is not a template: the action is not closed at line 1, column 3', 'actions end with }}'],
  ])('%s is refused at start', async (text, message, hint) => {
    const { problems } = await compile({
      body: { text, where },
      headers: [['X-A', { text, where: `${where}.headers.X-A` }]],
    });
    expect(problems.map((problem) => problem.where)).toEqual([`${where}.headers.X-A`, where]);
    expect(problems[0]).toEqual({ where: `${where}.headers.X-A`, message, hint });
  });
});

describe('the path of a token', () => {
  test.each([
    ['{.token}', '{"token":"t"}', 't'],
    ['$.a[?@.on].t', '{"a":[{"t":"x"},{"on":1,"t":"y"}]}', 'y'],
    ['{.id}', '{"id":12345678901234567890}', '12345678901234567890'],
    ['{.token}', '{"token":null}', undefined],
    ['{.token}', '{"token":true}', undefined],
    ['{.token}', '{"token":["a"]}', undefined],
    ['{.token[*]}', '{"token":["a","b"]}', undefined],
    ['{.token}', '{}', undefined],
    ['$', '"bare"', 'bare'],
  ])('%s of %s is %s', async (name, reply, token) => {
    const { recipe, problems } = await compile({ token: { kind: 'path', name, where } });
    expect(problems).toEqual([]);
    expect(recipe.findToken(Buffer.from(reply))).toBe(token);
  });

  test.each(['{.token', '$.a['])('%s is refused at start', async (name) => {
    const { problems } = await compile({ token: { kind: 'path', name, where } });
    expect(problems).toEqual([{ where, message: expect.stringMatching(/^is no path: /) }]);
  });
});
