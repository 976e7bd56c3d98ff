import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { authMode } from '../../src/config/values.js';
import { cipherSuites, curves } from '../../src/config/web/tls-names.js';
import { readWebConfig } from '../../src/config/web/web-config.js';
import type { WebConfigReading } from '../../src/config/web/web-config-reading.js';
import { type AskedKeys, recordAskedKeys } from './asked-keys.js';
import { readCode } from './mapping-pages.js';
import { listTables, type Row, readColumn, readPage, readSection, readTable } from './pages.js';

const reference = readPage('docs/web-config.md');

/** A table of keys: where it stands, and a whole file around an example of it. */
interface Place {
  readonly anchor: string;
  /** Where the readers say that they are. */
  readonly path: RegExp;
  /** Keys that are asked for to be refused. */
  readonly refused?: readonly string[];
  /** Keys that an example needs beside its own. */
  readonly base: Readonly<Record<string, string>>;
  readonly wrap: (example: string) => string;
}

const places: readonly Place[] = [
  { anchor: 'the-file', path: /^$/, base: {}, wrap: (text) => `{ ${text} }` },
  {
    anchor: 'tls_server_config',
    path: /^tls_server_config$/,
    base: { cert_file: 'tls.crt', key_file: 'tls.key' },
    wrap: (text) => `{ tls_server_config: { ${text} } }`,
  },
  {
    anchor: 'http_server_config',
    path: /^http_server_config$/,
    base: {},
    wrap: (text) => `{ http_server_config: { ${text} } }`,
  },
  {
    anchor: 'bearer_tokens',
    path: /^bearer_tokens\[0\]$/,
    refused: ['token'],
    base: { sha256: 'a'.repeat(64) },
    wrap: (text) => `{ bearer_tokens: [{ ${text} }] }`,
  },
  {
    anchor: 'rate_limit',
    path: /^rate_limit$/,
    base: { interval: '1s', burst: '20' },
    wrap: (text) => `{ rate_limit: { ${text} } }`,
  },
];

/** Maps whose keys are names of the user's own, or have a table of their own. */
const FREE_MAPS = ['basic_auth_users', 'http_server_config.headers'];

/** What a file comes to; a variable in it has a key. */
function readFile(text: string): WebConfigReading {
  const settings = { configFile: 'example.yml', authMode: undefined, authTokenFiles: [], listenAddresses: [] };
  const environment = { TLS_KEY: '-----BEGIN PRIVATE KEY-----' };
  return readWebConfig(settings, { environment, file: { name: 'example.yml', text } });
}

function readKeys({ anchor }: Place): readonly Row[] {
  const [table] = listTables(readSection(reference, anchor).lines).filter(([row]) => row?.has('key') === true);
  if (table === undefined) throw new Error(`docs/web-config.md#${anchor} has no table of keys`);
  return table;
}

const examples = places.flatMap((place) =>
  readKeys(place).map((row) => ({ place, key: row.get('key') ?? '', example: readCode(row.get('example')) })),
);

/** The example with what it needs besides; a text in place of a file needs the file no more. */
function wrapExample({ base, wrap }: Place, example: string): string {
  const own = Object.keys(parse(`{ ${example} }`));
  const rest = Object.entries(base).filter(([key]) => !own.includes(key) && !own.includes(key.replace(/_file$/, '')));
  return wrap([example, ...rest.map(([key, value]) => `${key}: ${value}`)].join(', '));
}

function listAskedKeys(): Promise<AskedKeys> {
  return recordAskedKeys('example.yml', () => {
    for (const { place, example } of examples) readFile(wrapExample(place, example));
  });
}

describe('the reference of the web config file', () => {
  test.each(examples.map(({ place, key, example }) => [`${place.anchor}: ${key}`, place, key, example] as const))(
    'the example of %s is taken, and has the key',
    (_, place, key, example) => {
      expect(readFile(wrapExample(place, example)).problems).toEqual([]);
      expect(Object.keys(parse(`{ ${example} }`))).toContain(key === 'x-...' ? 'x-later' : key);
    },
  );

  test('every key that the readers ask for is documented where it belongs, and no other', async () => {
    const asked = await listAskedKeys();
    const known = (path: string) => FREE_MAPS.includes(path) || places.some((place) => place.path.test(path));
    expect(
      [...asked.keys()].filter((path) => !known(path)),
      'parts of a file without a table',
    ).toEqual([]);
    for (const place of places) {
      const documented = readColumn(readKeys(place), 'key').filter((key) => key !== 'x-...');
      const keys = [...asked].flatMap(([path, ofPath]) => (place.path.test(path) ? [...ofPath.keys()] : []));
      const wanted = [...new Set(keys)].filter((key) => !key.startsWith('x-') && !place.refused?.includes(key));
      expect([...documented].sort(), place.anchor).toEqual(wanted.sort());
    }
  });

  test('the words that a key may have stand in its row, or in the table that it leads to', async () => {
    const types = readColumn(readTable(reference, 'client-certificates', 'client_auth_type'), 'client_auth_type');
    for (const [path, keys] of await listAskedKeys()) {
      for (const [key, words] of keys) {
        const rows = places.filter((place) => place.path.test(path)).flatMap(readKeys);
        const row = [...(rows.find((each) => each.get('key') === key)?.values() ?? [])].join(' ');
        // Its old word is told of below the table.
        const elsewhere = key === 'client_auth_type' ? [...types, 'RequireClientCert'] : [];
        const isLikeAnother = row.includes('as `min_version`');
        const missing = words.filter((word) => !row.includes(word) && !elsewhere.includes(word) && !isLikeAnother);
        expect(missing, `${path}: ${key}`).toEqual([]);
      }
    }
  });

  test('what other exporters take and zxp does not is refused, and named in a row', () => {
    const refused = [
      'tls_server_config: { min_version: TLS12 }',
      'basic_auth_users: {}',
      'tls_server_config: { cert_file: a, key_file: b, client_ca_file: c, client_auth_type: RequestClientCert }',
      'tls_server_config: { cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert }',
      'rate_limit: { interval: 1s, burst: 0 }',
      'rate_limit: { burst: 1 }',
      'rate_limit: { interval: 1000000000, burst: 1 }',
      'tls_server_config: { cert: "-----BEGIN CERTIFICATE-----", cert_file: a, key_file: b }',
    ];
    for (const text of refused) expect(readFile(text).problems, text).not.toEqual([]);
    const rows = readTable(reference, 'what-other-exporters-do', 'zxp');
    expect(rows.filter((row) => row.get('zxp')?.startsWith('refuses it'))).toHaveLength(refused.length);
  });

  test('every mode has a row, and no other', () => {
    expect(readColumn(readTable(reference, 'modes', 'mode'), 'mode')).toEqual(authMode.words);
  });

  test.each([
    ['cipher_suites', cipherSuites],
    ['curve_preferences', curves],
  ])('every name of %s has a row with its name in OpenSSL, and no other', (column, names) => {
    const rows = readTable(reference, 'cipher-suites-and-curves', column);
    expect(rows.map((row) => [row.get(column), row.get("openssl's name")])).toEqual([...names]);
  });

  test('every header has a row with what it may be, and no other can be set', () => {
    for (const row of readTable(reference, 'http_server_config', 'header')) {
      const words = [...(row.get('value') ?? '').matchAll(/`?([a-z]+)`?/g)].map(([, word = '']) => word);
      const values = words.includes('any') ? ['zxp'] : words;
      const read = (value: string) =>
        readFile(`http_server_config: { headers: { ${row.get('header')}: '${value}' } }`).problems;
      for (const value of values) expect(read(value), value).toEqual([]);
      expect(read('zxp').length > 0, row.get('header')).toBe(!words.includes('any'));
    }
    const [{ hint = '' } = {}] = readFile('http_server_config: { headers: { Q: a } }').problems;
    const documented = readColumn(readTable(reference, 'http_server_config', 'header'), 'header');
    expect(hint).toBe(`there is ${documented.join(', ')}`);
  });

  test.each(
    readTable(reference, 'client-certificates', 'client_auth_type').map(
      (row) => [row.get('client_auth_type'), row] as const,
    ),
  )('%s goes with a CA and without one as its row says, and is warned of where it says so', (type, row) => {
    const read = (...keys: readonly string[]) => {
      const all = ['cert_file: a', 'key_file: b', `client_auth_type: ${type}`, ...keys];
      return readFile(`tls_server_config: { ${all.join(', ')} }`);
    };
    const ca = row.get('the ca') ?? '';
    expect(read('client_ca_file: c').problems.length > 0).toBe(ca === 'refused');
    expect(read().problems.length > 0).toBe(ca === 'required');
    expect(read().warnings.length > 0).toBe(row.get('a certificate is')?.includes('warned of'));
  });
});
