import { describe, expect, test } from 'vitest';
import { readForwardedHeaders, readScrapeTimeout } from '../../src/server/request-headers.js';

describe("the caller's Authorization", () => {
  test('is forwarded byte for byte, in any letter case of its name', () => {
    const value = 'Basic  dXNlcjpwYXNz\t"quoted" \xe4\xff ';
    expect(readForwardedHeaders(['Host', 'x', 'AUTHORIZATION', value])).toEqual([['authorization', value]]);
  });

  test('is the only header that is forwarded', () => {
    const others = ['Cookie', 'a=b', 'X-Forwarded-For', '::1', 'Proxy-Authorization', 'Basic eA=='];
    expect(readForwardedHeaders(others)).toEqual([]);
  });

  test('is not looked for among the values of other headers', () => {
    expect(readForwardedHeaders(['X-Name', 'authorization', 'X-Other', 'Basic eA=='])).toEqual([]);
  });

  test('is absent where it is empty', () => {
    expect(readForwardedHeaders(['Authorization', ''])).toEqual([]);
  });

  test.each([
    ['twice, even if one is empty', ['Authorization', '', 'authorization', 'Basic Y2FuYXJ5']],
    ['twice and the same', ['Authorization', 'Basic Y2FuYXJ5', 'Authorization', 'Basic Y2FuYXJ5']],
    ['with a control character', ['Authorization', 'Basic Y2FuYXJ5\x01']],
    ['with a line feed', ['Authorization', 'Basic Y2FuYXJ5\nX: y']],
    ['with DEL', ['Authorization', 'Basic Y2FuYXJ5\x7f']],
    ['over 8 KiB', ['Authorization', `Basic Y2FuYXJ5${'x'.repeat(8 * 1024)}`]],
  ])('is refused %s, and not repeated', (_how, rawHeaders) => {
    const read = () => readForwardedHeaders(rawHeaders);
    expect(read).toThrow(expect.objectContaining({ code: 'request', hint: expect.any(String) }));
    expect(read).not.toThrow('Y2FuYXJ5');
  });

  test('may be of exactly 8 KiB', () => {
    const value = 'x'.repeat(8 * 1024);
    expect(readForwardedHeaders(['Authorization', value])).toEqual([['authorization', value]]);
  });
});

describe('X-Prometheus-Scrape-Timeout-Seconds', () => {
  test.each([
    ['10', 500, 9500],
    ['0.75', 500, 250],
    ['1e1', 0, 10_000],
    ['10.000000', 500, 9500],
  ])('%s with an offset of %i ms leaves %i ms', (header, offsetMs, timeoutMs) => {
    expect(readScrapeTimeout(header, offsetMs)).toBe(timeoutMs);
  });

  test('leaves all of it where the offset would leave nothing', () => {
    expect(readScrapeTimeout('0.5', 500)).toBe(500);
    expect(readScrapeTimeout('0.1', 500)).toBe(100);
  });

  test('leaves the timeout to the module where it is absent', () => {
    expect(readScrapeTimeout(undefined, 500)).toBeUndefined();
  });

  test.each(['', '0', '-1', 'NaN', 'Infinity', '1e999', '0x10', '10s', '1, 2'])('is refused as %j', (header) => {
    expect(() => readScrapeTimeout(header, 500)).toThrow(expect.objectContaining({ code: 'request' }));
  });
});
