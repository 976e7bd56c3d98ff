import { describe, expect, test } from 'vitest';
import { shareDocument } from '../../src/config/shareable-document.js';

const secret = 'canary-s3cr3t';

describe('a document in a link', () => {
  test.each([
    ['a number', '{"pin": 190283}', '{"pin": "<secret>"}'],
    ['a list', '{"tokens": ["190283", {"a": 190283}], "n": 1}', '{"tokens": "<secret>", "n": 1}'],
    ['an object', '{"credentials": {"a": {"190283": [190283]}}}', '{"credentials": "<secret>"}'],
    [
      'camelCase',
      '{"clientSecret": "190283", "userPin": 190283}',
      '{"clientSecret": "<secret>", "userPin": "<secret>"}',
    ],
    ['apikey, accessToken, pwd', '{"apikey":"190283","accessToken":"190283","pwd":"190283"}'],
    ['an escaped name', '{"tok\\u0065n": "190283"}', '{"tok\\u0065n": "<secret>"}'],
    ['a pair', '[{"value": 190283, "name": "DB_PASSWORD"}]', '[{"value": "<secret>", "name": "DB_PASSWORD"}]'],
    ['a pair with a key', '{"key": "token", "value": {"stringValue": "190283"}}'],
    ['a URL', '{"u": "see http://me:190283@a/?x=1&token=190283#190283"}'],
    ['a URL with any password', '["http://me:p/190283@b@a/"]', '["http://<secret>@a/"]'],
    ['a URL without a scheme', '["me:190283@a:80"]', '["<secret>@a:80"]'],
    ['a fragment', '["http://a/x#190283"]', '["http://a/x#<secret>"]'],
    ['a scheme', '["Authorization Bearer 190283"]'],
    ['a connection string', '["host=a password=190283", "Server=a;Pwd=190283;x=1"]'],
    ['a name', '{"http://me:190283@a/": 1}', '{"http://<secret>@a/": 1}'],
    ['JSON in a text', '{"raw": "{\\"token\\": \\"190283\\", \\"n\\": 7}"}'],
    ['JSON in JSON in a text', JSON.stringify({ raw: JSON.stringify({ raw: JSON.stringify({ token: 190283 }) }) })],
    ['broken JSON in a text', JSON.stringify({ raw: '{"token": 190283' }), '{"raw":"<secret>"}'],
    ['lines of JSON in a text', JSON.stringify(['{"name": "DB_PIN", "value": 190283}\n{"a": 1}'])],
    ['a damaged list in a text', JSON.stringify(['[{"name": "DB_PIN", "value": 190283}'])],
    ['JSON behind other text', JSON.stringify(['got {"token": "190283"}'])],
    ['YAML in a text', JSON.stringify(['a: 1\npassword: 190283\n'])],
    ['each line', '{"token": 190283}\n\n{"a": 1}\n', '{"token": "<secret>"}\n\n{"a": 1}\n'],
    ['what is no JSON', '{"token": "190283"', ''],
  ])('has no secret of %s, and says so', (_what, given, expected?: string) => {
    const { text, leftOut } = shareDocument(given);
    if (expected !== undefined) expect(text).toBe(expected);
    expect([text.includes('190283'), leftOut.join().includes('190283')]).toEqual([false, false]);
    expect(leftOut.length).toBeGreaterThan(0);
  });

  test('has all else as it was written', () => {
    const given =
      '{ "n" : 12345678901234567890, "e": 1e400, "a\\u0062": [1.10, null, {}], "key_valid": true, "image": "r:5000/a@sha256:77",\n' +
      ' "url": "https://a/b?page=2", "mail": "me@a.example", "pinned": 1, "name": "LAMP", "value": 18, "t": "12:30: ok", "p": ["[a] b", "{.a}", "{{ .b }}", "[1"] }';
    expect(shareDocument(given)).toEqual({ text: given, leftOut: [] });
    expect(shareDocument(' ')).toEqual({ text: ' ', leftOut: [] });
  });

  test('names what was left out, once each', () => {
    const { leftOut } = shareDocument(`[{"token": 1}, {"token": 2, "url": "http://me:${secret}@a/"}]`);
    expect(leftOut).toEqual(['values of "token"', 'credentials in texts of "url"']);
  });

  test('may be deep', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(shareDocument(deep)).toEqual({ text: deep, leftOut: [] });
  });

  test.each(['"', '[', '\\', '@', ':', '=', ' ', '"a', "'a:", 'Basic ', '{"a":', '?token=', '://'])(
    '256 KiB of %j take no long time, as a document and as a text',
    (part) => {
      const text = part.repeat(2 ** 18 / part.length);
      const startMs = performance.now();
      shareDocument(text);
      shareDocument(JSON.stringify([text]));
      expect(performance.now() - startMs).toBeLessThan(20_000);
    },
  );
});
