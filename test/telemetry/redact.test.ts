import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/model/secret.js';
import { maskSentence } from '../../src/net/masking.js';
import { redactFields } from '../../src/telemetry/redact.js';

describe('a field', () => {
  test.each([
    'authorization',
    'Authorization',
    'proxy_authorization',
    'password',
    'basic_auth_password',
    'passwd',
    'token',
    'bearerToken',
    'token_file_content',
    'client_secret',
    'cookie',
    'set-cookie',
    'api_key',
    'apiKey',
    'X-Api-Key',
    'credentials',
  ])('under the key %s is masked, whatever its type', (key) => {
    for (const value of ['canary', 12_345, true, ['canary'], { canary: 1 }, new Error('canary')]) {
      expect(redactFields({ [key]: value })).toEqual({ [key]: '<secret>' });
    }
  });

  test('under any other key stays what it is', () => {
    const fields = { upstream: 'http://zot:8080/metrics', status: 401, up: false, where: undefined };
    expect(redactFields(fields)).toEqual(fields);
  });

  test('that is a Secret is masked, inside of others too', () => {
    const secret = new Secret('canary');
    expect(redactFields({ value: secret })).toEqual({ value: '<secret>' });
    expect(redactFields({ value: { inside: [secret] } })).toEqual({ value: '{"inside":["<secret>"]}' });
    expect(redactFields({ value: `${secret}` })).toEqual({ value: '<secret>' });
  });

  test('that is an object is masked under telling keys at any depth', () => {
    const value = { headers: { Authorization: 'canary', accept: 'text/plain' }, list: [{ password: 'canary' }] };
    expect(redactFields({ value })).toEqual({
      value: '{"headers":{"Authorization":"<secret>","accept":"text/plain"},"list":[{"password":"<secret>"}]}',
    });
  });

  test('that is an error is its message, without what is in it', () => {
    const error = new Error('asking http://user:canary@zot/ with Basic canary failed');
    expect(redactFields({ cause: error })).toEqual({
      cause: 'asking http://<secret>@zot/ with Basic <secret> failed',
    });
  });

  test('of any type is text, a number or a boolean in the end', () => {
    const fields = { big: 5n, symbol: Symbol('s'), nothing: null, list: [1, 2n], date: new Date(0) };
    expect(redactFields(fields)).toEqual({
      big: '"5"',
      symbol: 'Symbol(s)',
      nothing: 'null',
      list: '[1,"2"]',
      date: '"1970-01-01T00:00:00.000Z"',
    });
  });
});

describe('text', () => {
  test.each([
    ['Basic Y2FuYXJ5', 'Basic <secret>'],
    ['authorization: bearer canary.canary-canary_canary~+/=', 'authorization: bearer <secret>'],
    ['{"authorization":"Bearer canary"}', '{"authorization":"Bearer <secret>"}'],
    ['Basic  Y2FuYXJ5, Bearer canary; Negotiate canary', 'Basic <secret>, Bearer <secret>; Negotiate <secret>'],
    ['http://user:canary@zot:8080/metrics', 'http://<secret>@zot:8080/metrics'],
    ['https://canary@zot', 'https://<secret>@zot'],
    ['http://user:can@ry@zot/', 'http://<secret>@zot/'],
    ['GET http://zot/?page=2&api_key=canary gave 401', 'GET http://zot/?page=2&api_key=<secret> gave 401'],
    ['from http://a:canary@b/ to http://c:canary@d/', 'from http://<secret>@b/ to http://<secret>@d/'],
  ])('%j becomes %j', (text, redacted) => {
    expect(maskSentence(text)).toBe(redacted);
  });

  test.each([
    'http://zot:8080/metrics?mail=a@b',
    'http://zot/a@b',
    'http://zot/?author=bob&keys=a,b: the name did not resolve',
    'the upstream answered 401',
    'Basically fine',
    'mail a@b.c',
  ])('%j stays what it is', (text) => {
    expect(maskSentence(text)).toBe(text);
  });
});
