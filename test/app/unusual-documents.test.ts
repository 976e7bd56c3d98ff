import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';

interface Answer {
  readonly body: string | Buffer;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A daemon with a module of these keys, before an upstream that gives this answer; gives the exposition of one probe. */
async function probe(keys: string, { body, status = 200, headers = {} }: Answer, flags = {}) {
  const upstream = forThisTest(
    await startStubUpstream((_request, response) => {
      response.writeHead(status, headers).end(body);
    }),
  );
  const zxp = await startDaemon({
    config: `modules: { m: { allow: ['${upstream.url}'], ${keys} } }\ntargets: []\n`,
    flags,
  });
  const { text } = await zxp.probe({ target: upstream.url, module: 'm' });
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const own = lines.filter((line) => !line.startsWith('target_'));
  const find = (name: string) => lines.filter((line) => line.startsWith(name) && !line.endsWith('} 0'));
  return {
    own,
    up: find('target_up')[0],
    error: find('target_scrape_error')[0],
    dropped: find('target_scrape_samples_dropped'),
  };
}

const N = "metrics: [{ name: n, path: '{.n}' }]";

describe('JSON Lines', () => {
  const keys = `format: ndjson, metrics: [{ name: n, type: object, path: '{[*]}', labels: { host: '{.host}' }, value: '{.n}' }]`;
  const lines = '{"host":"a","n":1}\n\n{"host":"b","n":2}\n';

  test.each([
    ['a line each', lines],
    ['without a line break at the end', lines.trimEnd()],
    ['with carriage returns', lines.replaceAll('\n', '\r\n')],
    ['as a JSON text sequence', '\u001e{"host":"a","n":1}\n\u001e{"host":"b","n":2}\n'],
  ])('%s are the elements of one array', async (_how, body) => {
    expect(await probe(keys, { body })).toMatchObject({ own: ['n{host="a"} 1', 'n{host="b"} 2'], up: 'target_up 1' });
  });

  test('are read compressed', async () => {
    const answer = { body: gzipSync(lines), headers: { 'content-encoding': 'gzip' } };
    expect(await probe(keys, answer)).toMatchObject({ own: ['n{host="a"} 1', 'n{host="b"} 2'] });
  });

  test('whose last line is cut fail, and nothing of them is exposed', async () => {
    expect(await probe(keys, { body: lines.slice(0, -4) })).toMatchObject({
      own: [],
      up: 'target_up 0',
      error: 'target_scrape_error{reason="decode"} 1',
    });
  });

  test('of 200,000 lines end at the limit of samples', async () => {
    const body = Array.from({ length: 200_000 }, (_, i) => `{"host":"${i}","n":${i}}`).join('\n');
    const { own, error } = await probe(keys, { body }, { 'limits.series': '1000' });
    expect([own, error]).toEqual([[], 'target_scrape_error{reason="limit"} 1']);
  });
});

describe('decode', () => {
  test('reads the document in a text, in arrays, and in a text of that document', async () => {
    const inner = JSON.stringify({ deep: JSON.stringify({ n: 7 }) });
    const body = JSON.stringify({
      items: [
        { name: 'a', payload: inner },
        { name: 'b', payload: 'no JSON' },
      ],
    });
    const keys = `decode: [{ path: ['{.items[*]}', '{.payload}'] }, { path: ['{.items[*]}', '{.payload.deep}'] }],
      metrics: [{ name: n, type: object, path: '{.items[*]}', labels: { name: '{.name}' }, value: '{.payload.deep.n}' }]`;
    const { own, up, dropped } = await probe(keys, { body });
    expect([own, up]).toEqual([['n{name="a"} 7'], 'target_up 1']);
    expect(dropped).toEqual(['target_scrape_samples_dropped{cause="missing"} 1']);
  });

  test('leaves a text that nests too deeply as it is', async () => {
    const body = JSON.stringify({ payload: `${'['.repeat(5000)}${']'.repeat(5000)}` });
    const { up, dropped } = await probe(`decode: [{ path: '{.payload}' }], ${N}`, { body });
    expect([up, dropped]).toEqual(['target_up 1', ['target_scrape_samples_dropped{cause="missing"} 1']]);
  });
});

describe('names from the document', () => {
  const keys = "metrics: [{ name: { key: true, prefix: app_ }, type: object, path: '{.*}', value: '{@}' }]";

  test('are those of its keys, with the prefix', async () => {
    const { own, up } = await probe(keys, { body: '{"requests": 1, "errors": 2}' });
    expect([own.sort(), up]).toEqual([['app_errors 2', 'app_requests 1'], 'target_up 1']);
  });

  test('beyond 200 are dropped and counted, however many an upstream sends', async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])));
    const { own, dropped } = await probe(keys, { body });
    expect(own).toHaveLength(200);
    expect(dropped).toEqual(['target_scrape_samples_dropped{cause="name"} 9800']);
  });

  test("never replace zxp's own", async () => {
    const { own, up, dropped } = await probe(keys.replace('app_', "''"), { body: '{"target_up": 5, "n": 1}' });
    expect([own, up, dropped]).toEqual([
      ['n 1'],
      'target_up 1',
      ['target_scrape_samples_dropped{cause="collision"} 1'],
    ]);
  });
});

test('two lists are joined by index, and numbers have other bases', async () => {
  const body = '{"hourly": {"time": ["00:00", "01:00"], "power": ["0xff", "-10"]}}';
  const keys = `metrics: [{ name: power, type: object, path: '{.hourly.power[*]}',
    labels: { time: { path: '{.hourly.time}', at: index } }, value: { path: '{@}', base: 16 } }]`;
  expect((await probe(keys, { body })).own).toEqual(['power{time="00:00"} 255', 'power{time="01:00"} -16']);
});

test('headers and the status are values', async () => {
  const keys = `valid_status_codes: [503], metrics: [
    { name: left, header: X-RateLimit-Remaining }, { name: code, status: true }, { name: n, path: '{.n}' }]`;
  const answer = { body: '{"n": 1}', status: 503, headers: { 'x-ratelimit-remaining': '58' } };
  expect((await probe(keys, answer)).own).toEqual(['left 58', 'code 503', 'n 1']);
});

test.each([
  ['format: yaml', 'modules.m.format'],
  ['format: ndjson, pages: { items: "{.a}", next: link }', 'modules.m.format'],
  ['decode: [{ paht: "{.a}" }]', 'modules.m.decode[0].paht'],
  [
    "metrics: [{ name: { key: true, max: 0 }, type: object, path: '{.*}', value: '{@}' }]",
    'modules.m.metrics[0].name.max',
  ],
  ["metrics: [{ name: { key: true }, path: '{.a}' }]", 'modules.m.metrics[0].name'],
  ["metrics: [{ name: n, path: '{.a}', base: 7 }]", 'modules.m.metrics[0].base'],
  ["metrics: [{ name: n, path: '{.a}', date: '%Y', timezone: Europe/Nowhere }]", 'unknown time zone'],
])('%s is one clear problem', async (keys, where) => {
  const refused = await startDaemon({ config: `targets: []\nmodules: { m: { ${keys} } }\n` }).catch(
    (error: unknown) => error,
  );
  if (!(refused instanceof ZxpError)) throw new Error('it started');
  expect(refused.problems).toHaveLength(1);
  expect(`${refused.problems[0]?.where} ${refused.problems[0]?.message}`).toContain(where);
});
