import { expect, test } from 'vitest';
import { failureReasons } from '../../src/model/errors.js';
import { httpStatusOfCode } from '../../src/server/http-status.js';

test('a failed scrape is 401 or 403 as upstream, 504 for a timeout, and 502 for the rest', () => {
  const statuses = failureReasons.map((reason) => [reason, httpStatusOfCode[reason]]);
  const others = statuses.filter(([, status]) => status !== 502);
  expect(Object.fromEntries(others)).toEqual({ unauthorized: 401, forbidden: 403, timeout: 504 });
});
