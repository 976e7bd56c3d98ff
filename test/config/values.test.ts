import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as values from '../../src/config/values.js';
import { formatListenAddress } from '../../src/model/listen-address.js';

type Row = readonly [value: unknown, read: unknown];

/** Nothing of these is a value of any kind. */
const NEVER = [undefined, null, true, [], {}, ['10s'], Number.NaN, Number.POSITIVE_INFINITY, -1, ' ', '\n', '🦒'];

describe('durations', () => {
  const DAY_MS = 86_400_000;

  test.each<Row>([
    ['0', 0],
    [0, 0],
    ['0s', 0],
    ['1ms', 1],
    ['500ms', 500],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1h2m3s4ms', 3_723_004],
    ['1d12h', 1.5 * DAY_MS],
    ['2w', 14 * DAY_MS],
    ['24d', 24 * DAY_MS],
  ])('%j is %j ms', (value, read) => {
    expect(values.duration.read(value)).toBe(read);
  });

  test.each([...NEVER, '', '10', 10, 1.5, '1.5s', '-1s', ' 10s', '10s ', '10 s', '10S', '30s1m', '1s1s', '1us', 's'])(
    '%j is no duration',
    (value) => {
      expect(values.duration.read(value)).toBeUndefined();
    },
  );

  test.each(['24d1ms', '25d', '1y', '99999999999999999999ms', `${'9'.repeat(400)}s`])(
    '%s is more than a timer can count',
    (value) => {
      expect(values.duration.read(value)).toBeUndefined();
    },
  );

  test('nothing at all is no time to wait', () => {
    expect(['0', 0, '0s', '0ms'].map((value) => values.positiveDuration.read(value))).toEqual(Array(4).fill(undefined));
    expect(values.positiveDuration.read('1ms')).toBe(1);
  });

  test('what is written in units is read as their sum', () => {
    const units = fc.record({
      d: fc.nat(2),
      h: fc.nat(30),
      m: fc.nat(90),
      s: fc.nat(90),
      ms: fc.nat(2000),
    });
    fc.assert(
      fc.property(units, ({ d, h, m, s, ms }) => {
        const read = values.duration.read(`${d}d${h}h${m}m${s}s${ms}ms`);
        expect(read).toBe((((d * 24 + h) * 60 + m) * 60 + s) * 1000 + ms);
      }),
    );
  });
});

describe('sizes', () => {
  test.each<Row>([
    ['1', 1],
    [1, 1],
    [4096, 4096],
    ['10B', 10],
    ['500KB', 500_000],
    ['500kB', 500_000],
    ['64KiB', 65_536],
    ['64 MiB', 67_108_864],
    ['64MiB', 67_108_864],
    ['1.5MiB', 1_572_864],
    ['2MB', 2_000_000],
    ['1GB', 1e9],
    ['1GiB', 1_073_741_824],
  ])('%j is %j bytes', (value, read) => {
    expect(values.byteSize.read(value)).toBe(read);
  });

  test.each([
    ...NEVER,
    '',
    '0',
    0,
    0.5,
    '0MiB',
    '-1',
    '1e3',
    '64mib',
    '64MIB',
    '64Mi',
    '64M',
    '1TB',
    'MiB',
    ' 1',
    '1,5MB',
    '9007199254740993',
    '99999999999GiB',
  ])('%j is no size', (value) => {
    expect(values.byteSize.read(value)).toBeUndefined();
  });

  test('any whole number of bytes is read as itself', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat().filter((bytes) => bytes > 0),
        (bytes) => {
          expect(values.byteSize.read(String(bytes))).toBe(bytes);
          expect(values.byteSize.read(bytes)).toBe(bytes);
        },
      ),
    );
  });
});

describe('counts', () => {
  test.each<Row>([
    ['1', 1],
    [1, 1],
    ['007', 7],
    ['1000000', 1e6],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('%j is %j', (value, read) => {
    expect(values.count.read(value)).toBe(read);
  });

  test.each([...NEVER, '', 0, '0', 1.5, '1.5', '1e3', '0x10', '+1', ' 1', '10s', 2 ** 53])(
    '%j is no count',
    (value) => {
      expect(values.count.read(value)).toBeUndefined();
    },
  );
});

describe('yes and no', () => {
  test.each<Row>([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
  ])('%j is %j', (value, read) => {
    expect(values.flag.read(value)).toBe(read);
  });

  test.each([undefined, null, '', 0, 1, '1', 'yes', 'on', 'True', 'FALSE', ' true', []])('%j is neither', (value) => {
    expect(values.flag.read(value)).toBeUndefined();
  });
});

describe('addresses to listen on', () => {
  test.each<Row>([
    [':8081', { host: undefined, port: 8081 }],
    [':0', { host: undefined, port: 0 }],
    ['127.0.0.1:8081', { host: '127.0.0.1', port: 8081 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['[::1]:8081', { host: '::1', port: 8081 }],
    ['[::]:8081', { host: '::', port: 8081 }],
    ['[fe80::1%eth0]:8081', { host: 'fe80::1%eth0', port: 8081 }],
    ['[::ffff:127.0.0.1]:1', { host: '::ffff:127.0.0.1', port: 1 }],
  ])('%j is %j', (value, read) => {
    expect(values.listenAddress.read(value)).toEqual(read);
  });

  test.each([
    ...NEVER,
    '',
    8081,
    '8081',
    '::1:8081',
    '[::1]',
    '[]:1',
    ':65536',
    ':-1',
    ':http',
    'a b:1',
    'http://a:1',
    ':8081 ',
  ])('%j is no address', (value) => {
    expect(values.listenAddress.read(value)).toBeUndefined();
  });

  test('any address is read as it was written', () => {
    const host = fc.oneof(fc.constant(undefined), fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(host, fc.nat(65_535), (name, port) => {
        const address = { host: name, port };
        expect(values.listenAddress.read(formatListenAddress(address))).toEqual(address);
      }),
    );
  });
});

describe('upstreams', () => {
  test.each<Row>([
    ['http://registry:8080', 'http://registry:8080/'],
    ['https://registry.example', 'https://registry.example/'],
    ['HTTPS://Registry.Example', 'https://registry.example/'],
    ['http://registry:8080/base/', 'http://registry:8080/base/'],
    ['http://[::1]:8080', 'http://[::1]:8080/'],
    ['http://10.0.0.1', 'http://10.0.0.1/'],
  ])('%j is %s', (value, href) => {
    expect(values.upstreamUrl.read(value)?.href).toBe(href);
  });

  test.each([
    ...NEVER,
    '',
    'registry',
    'registry:8080',
    '//registry',
    'http:registry',
    'http://',
    'http:///a',
    'ftp://a',
    'file:///a',
    'http://a b',
    'http://a\tb',
    'http://a\\b',
    ' http://a',
    'http://a:99999',
    'http://a?b',
    'http://a/?',
    'http://a/#b',
    'http://@a',
    'http://u@a',
    'http://u:p@a',
    'http://u:8/p@a',
  ])('%j is none', (value) => {
    expect(values.upstreamUrl.read(value)).toBeUndefined();
  });

  test('any URL of the web without query and fragment is read, and nothing of it is lost', () => {
    const url = fc.webUrl({ withQueryParameters: false, withFragments: false, authoritySettings: { withPort: true } });
    fc.assert(
      fc.property(
        url.filter((text) => !text.includes('@')),
        (text) => {
          expect(values.upstreamUrl.read(text)?.href).toBe(new URL(text).href);
        },
      ),
    );
  });
});

describe('paths', () => {
  test.each(['/', '/metrics', '/a/b', '/-/x', '/%20', '/a@b'])('%j is the path of a URL', (value) => {
    expect(values.urlPath.read(value)).toBe(value);
  });

  test.each([...NEVER, '', 'metrics', 'http://a/metrics', '/a?b', '/a#b', '/a b'])('%j is none', (value) => {
    expect(values.urlPath.read(value)).toBeUndefined();
  });

  test('a file may have any name but none', () => {
    expect(['a', '/a b/c', 'ü', '-'].map((value) => values.filePath.read(value))).toEqual(['a', '/a b/c', 'ü', '-']);
    expect(['', 7, null, []].map((value) => values.filePath.read(value))).toEqual(Array(4).fill(undefined));
  });
});

test('a word of a list is itself, and no other spelling is', () => {
  expect(['error', 'warn', 'info', 'debug'].map((word) => values.logLevel.read(word))).toEqual(values.logLevel.words);
  expect(['Info', 'trace', '', null, 3].map((word) => values.logLevel.read(word))).toEqual(Array(5).fill(undefined));
  expect(['logfmt', 'json', 'text'].map((word) => values.logFormat.read(word))).toEqual(['logfmt', 'json', undefined]);
});

test('whatever a file can hold, no kind of value throws', () => {
  const kinds = Object.values(values).filter((each) => typeof each === 'object');
  expect(kinds.length).toBeGreaterThan(10);
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string(), fc.string({ unit: 'binary' })), (value) => {
      for (const kind of kinds) kind.read(value);
    }),
    { examples: [[{ toString: 0 }], [{ valueOf: 0 }], [Object.create(null)], [Symbol('text')]] },
  );
});
