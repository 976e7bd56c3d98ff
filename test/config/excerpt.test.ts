import { describe, expect, test } from 'vitest';
import { createLineQuoter } from '../../src/config/excerpt.js';

const quote = createLineQuoter();

function quoteLine(text: string, { column = 1, message = 'unknown key' } = {}): string | undefined {
  return quote(text, { where: `zxp.yml:1:${column}: modules.m.x`, message })?.line.replace(/^ *1 \| /, '');
}

describe('of a line', () => {
  test.each([
    ['  password: 1234, x: 1', '  password: …, x: …'],
    [
      'm: { digest_auth: { username: u, password: 1234, x: 1 } }',
      'm: { digest_auth: { username: …, password: …, x: … } }',
    ],
    ['{ "password": "12:34:56:78:90:12", "timeout":5 }', '{ "password": "…", "timeout":… }'],
    ["bearer_tokens: [{token: '1234 5678 9012'}]", "bearer_tokens: [{token: '…'}]"],
    ['password: 007', 'password: …'],
    ['params: {token: 9876, limit: 12, timeout: 15}', 'params: {token: …, limit: …, timeout: …}'],
    ["headers: { X-Api-Key: '1234', Authorization: 'Bearer 4321' }", "headers: { …: '…', …: '…' }"],
    ["bearer_token: 'sk:live:1234' # 1234", "bearer_token: '…' …"],
    ["bearer_token: 'sk:live:1234", "bearer_token: '…'"],
    ['password: true', 'password: …'],
    ['token = 1234', 'token = …'],
    ['content: |', 'content: |'],
    ['- 1234: 5678', undefined],
    ['', undefined],
  ])('%j the values are cut: %j', (line, shown) => {
    expect(quoteLine(line)).toBe(shown);
  });

  test('that a message quotes a value of, it is shown, but under names of secrets and of unknown keys', () => {
    const message = 'must be one of a, b, not "1234"';
    expect(quoteLine('timeout: 1234', { message })).toBe('timeout: 1234');
    expect(quoteLine("timeout: '1234'", { message })).toBe("timeout: '1234'");
    expect(quoteLine('timeout: [x, 1234]', { column: 14, message })).toBe('timeout: […, 1234]');
    expect(quoteLine('password: 1234', { message })).toBe('password: …');
    expect(quoteLine('{ mine: 1234 }', { column: 3, message })).toBe('{ …: … }');
    expect(quoteLine('interval: 1234, timeout: 1234', { column: 60, message })).not.toContain('1234');
  });
});

test.each(['"', "'", '{', ' ', ':', '=', '- ', 'a: ', 'a', '\\"', "''", '#'])(
  'a line of %j without end is cut at once',
  (text) => {
    const startMs = performance.now();
    quoteLine(text.repeat(1200 / text.length));
    expect(performance.now() - startMs).toBeLessThan(500);
  },
);

test('a line that is longer than what is shown is shown around its caret', () => {
  const line = `${'{ timeout: 1, '.repeat(20)}interval: x }`;
  const column = line.indexOf('interval') + 1;
  const { line: shown, caret } = quote(line, { where: `zxp.yml:1:${column}: m`, message: 'unknown key' }) ?? {};
  expect(shown?.length).toBeLessThan(140);
  expect(shown?.slice(caret?.indexOf('^'))).toMatch(/^interval/);
});
