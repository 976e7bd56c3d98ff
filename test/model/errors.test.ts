import { expect, test } from 'vitest';
import { toZxpError, ZxpError } from '../../src/model/errors.js';

test('an error has its code, message and what goes with them', () => {
  const cause = new Error('inner');
  const problems = [{ where: 'a', message: 'b' }];
  const error = new ZxpError('status', 'the upstream answered 500', { cause, hint: 'look', problems, statusCode: 500 });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'ZxpError', code: 'status', hint: 'look', problems, statusCode: 500, cause });
  expect(`${error}`).toBe('ZxpError: the upstream answered 500');
});

test('what is not given is undefined, and there are no problems', () => {
  const error = new ZxpError('dns', 'no such host');
  expect(error).toMatchObject({ hint: undefined, problems: [], statusCode: undefined });
  expect(Object.hasOwn(error, 'cause')).toBe(false);
});

test('an error of zxp stays itself', () => {
  const error = new ZxpError('limit', 'too many');
  expect(toZxpError(error)).toBe(error);
});

test.each<[thrown: unknown, message: string]>([
  [new TypeError('x is not a function'), 'internal error: x is not a function'],
  ['thrown text', 'internal error: thrown text'],
  [undefined, 'internal error: undefined'],
  [null, 'internal error: null'],
])('%j becomes internal, with the original as its cause', (thrown, message) => {
  const error = toZxpError(thrown);
  expect(error).toMatchObject({ code: 'internal', message });
  expect(error.cause).toBe(thrown);
});
