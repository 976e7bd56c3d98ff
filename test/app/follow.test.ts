import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { createHold, startJsonUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { samplesOf } from '../support/samples.js';

/** A module that reads Spring Boot's actuator: a list of names, and a document for each. */
function actuator(url: string, follow = '', rest = ''): string {
  return `targets: [{ name: app, url: '${url}/actuator/metrics', module: actuator }]
modules:
  actuator:
    ${rest}
    follow: { each: '{.names[*]}', url: 'metrics/{{ . | urlpath }}', ${follow} }
    metrics:
      - name: metric
        type: object
        path: '{.details[*]}'
        labels: { name: '{.of}', unit: '{.reply.baseUnit}' }
        values: { '': '{.reply.measurements[0].value}' }
`;
}

interface SeenRequest {
  readonly path: string;
  readonly method: string | undefined;
  readonly authorization: string | undefined;
}

/** An API on the loopback; what it is requested is kept, and how many requests were under way at once. */
async function startApi(answer: (path: string, response: ServerResponse) => void | Promise<void>) {
  const seen: SeenRequest[] = [];
  let underWay = 0;
  let most = 0;
  const upstream = forThisTest(
    await startStubUpstream((request: IncomingMessage, response: ServerResponse) => {
      const { url: path = '', method, headers } = request;
      seen.push({ path, method, authorization: headers.authorization });
      underWay++;
      most = Math.max(most, underWay);
      response.once('close', () => underWay--);
      void answer(path, response);
    }),
  );
  return {
    url: upstream.url,
    seen,
    get mostAtOnce() {
      return most;
    },
  };
}

const names = Array.from({ length: 200 }, (_, i) => `jvm.memory/used+${i} %`);
const childPath = (name: string) => `/actuator/metrics/${encodeURIComponent(name)}`;

/** The metrics of the actuator, of which those in `failing` answer otherwise. */
function answerActuator(
  path: string,
  response: ServerResponse,
  { failing = {}, list = names }: { failing?: Readonly<Record<string, () => void>>; list?: readonly string[] } = {},
): void {
  if (path === '/actuator/metrics') {
    response.end(JSON.stringify({ names: list }));
    return;
  }
  const i = list.findIndex((name) => childPath(name) === path);
  const fail = failing[i];
  if (fail === undefined) {
    response.end(
      JSON.stringify({ name: list[i], baseUnit: 'bytes', measurements: [{ statistic: 'VALUE', value: i }] }),
    );
  } else fail();
}

describe('follow', () => {
  test('makes metrics of 200 documents that the first one names, with its credentials, within one deadline', async () => {
    // Later than the others of the same turn arrive.
    const api = await startApi((path, response) => void setTimeout(() => answerActuator(path, response), 5));
    const zxp = await startDaemon({ config: actuator(api.url) });
    const reply = await zxp.probe({ target: 'app' }, { Authorization: 'Bearer mine' });
    expect(samplesOf(reply)).toEqual(names.map((name, i) => `metric{name="${name}",unit="bytes"} ${i}`));
    expect(reply.text).toContain('\ntarget_scrape_requests 201\n');
    expect(reply.text).toContain('\ntarget_scrape_requests_failed 0\n');
    expect(new Set(api.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer mine']));
    expect(api.mostAtOnce).toBeGreaterThan(1);
    expect(api.mostAtOnce).toBeLessThanOrEqual(8);
  });

  test.each([
    ['before the first request', 3],
    ['in the middle', 5],
  ])(
    'repeats the whole document where the request budget is used up %s, and counts its requests',
    async (_, requests) => {
      const list = ['a', 'b'];
      const api = await startApi((path, response) =>
        answerActuator(path, response, { list, failing: { 1: () => response.writeHead(503).end() } }),
      );
      const budget = `max_requests_per: { requests: ${requests}, interval: 1h }`;
      const zxp = await startDaemon({
        config: actuator(api.url, 'on_error: skip', budget),
        flags: { 'log.level': 'debug' },
      });
      const first = await zxp.probe({ target: 'app' });
      const again = await zxp.probe({ target: 'app' });
      const facts = (text: string) =>
        text.split('\n').filter((line) => /^(metric|target_up|target_scrape_(requests|http_status))/.test(line));
      expect(facts(first.text)).toContain('target_scrape_requests 3');
      expect(facts(first.text)).toContain('target_scrape_requests_failed 1');
      expect(facts(again.text)).toEqual(facts(first.text));
      expect(api.seen.length).toBeLessThanOrEqual(requests);
      const { text } = await zxp.probe({ target: 'app', debug: 'true' });
      expect(text).toContain('\nrequests: 3, of which 1 failed and were skipped\n\nreply: 200,');
      const because = `the budget of ${requests} requests in 3600 s is used up`;
      expect(text).toContain(because);
      await zxp.untilLogged(because);
    },
  );

  test('counts no request that the request budget did not allow', async () => {
    const api = await startApi((path, response) => answerActuator(path, response, { list: ['a', 'b'] }));
    const budget = 'max_requests_per: { requests: 2, interval: 1h }';
    const zxp = await startDaemon({ config: actuator(api.url, 'concurrency: 1', budget) });
    const { text } = await zxp.probe({ target: 'app' });
    expect(text).toContain('\ntarget_scrape_error{reason="limit"} 1\n');
    expect(text).toContain('\ntarget_scrape_requests 2\n');
  });

  test('has no more under way at once than concurrency', async () => {
    const api = await startApi((path, response) => answerActuator(path, response));
    const zxp = await startDaemon({ config: actuator(api.url, 'concurrency: 1') });
    expect((await zxp.probe({ target: 'app' })).text).toContain('\ntarget_up 1\n');
    expect(api.mostAtOnce).toBe(1);
  });

  test('reads objects by their fields, puts responses under the key of into, and keeps long integers', async () => {
    const api = await startApi((path, response) => {
      response.end(path === '/list' ? '[{"id": 12345678, "n": {"k": "a b"}}]' : '\ufeff {"n": 12345678901234567}\n');
    });
    const zxp = await startDaemon({
      config: `targets: [{ name: list, url: '${api.url}/list', module: m }]
modules:
  m:
    follow: { each: '{[*]}', url: '/by/{{ .id }}?k={{ .n.k | urlquery }}', into: more }
    metrics:
      - { name: n, type: object, path: '{.more[*]}', labels: { id: '{.of.id}', long: '{.reply.n}' }, values: { '': '{.reply.n}' } }
      - { name: first, path: '{.reply}', length: true }`,
    });
    expect(samplesOf(await zxp.probe({ target: 'list' }))).toEqual([
      'n{id="12345678",long="12345678901234567"} 12345678901234568',
      'first 1',
    ]);
    expect(api.seen.map(({ path }) => path)).toEqual(['/list', '/by/12345678?k=a+b']);
  });

  test('goes on from the elements of all pages, and is requested by GET', async () => {
    const api = await startApi((path, response) => {
      const { pathname, searchParams } = new URL(path, 'http://api');
      const page = Number(searchParams.get('page'));
      response.end(
        pathname === '/list' ? JSON.stringify({ ids: page < 3 ? [page * 10, page * 10 + 1] : [] }) : '{"v": 1}',
      );
    });
    const zxp = await startDaemon({
      config: `targets: [{ name: list, url: '${api.url}/list', module: m }]
modules:
  m:
    body: { content: '{}' }
    pages: { items: '{.ids}', next: { page: page } }
    follow: { each: '{.ids[*]}', url: 'item/{{ . }}' }
    metrics: [{ name: v, type: object, path: '{.details[*]}', labels: { id: '{.of}' }, values: { '': '{.reply.v}' } }]`,
    });
    const reply = await zxp.probe({ target: 'list' });
    expect(samplesOf(reply)).toEqual([10, 11, 20, 21].map((id) => `v{id="${id}"} 1`));
    expect(reply.text).toContain('\ntarget_scrape_requests 7\n');
    expect(api.seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST', 'GET', 'GET', 'GET', 'GET']);
  });

  test('of an empty list is a document without responses', async () => {
    const api = await startApi((path, response) => answerActuator(path, response, { list: [] }));
    const zxp = await startDaemon({ config: actuator(api.url, '', "fail_if: [{ path: '{.details}', exists: true }]") });
    const reply = await zxp.probe({ target: 'app' });
    expect(reply.text).toContain('\ntarget_up 1\n');
    expect(reply.text).toContain('\ntarget_scrape_requests 1\n');
  });

  test('fail_if sees the responses, and min_interval repeats them all', async () => {
    const api = await startApi((path, response) => answerActuator(path, response));
    const zxp = await startDaemon({
      config: actuator(
        api.url,
        '',
        "min_interval: 1h\n    fail_if: [{ path: '{.details[*].reply.measurements[0].value}', above: 198 }]",
      ),
    });
    for (let i = 0; i < 2; i++) {
      expect((await zxp.probe({ target: 'app' })).text).toContain('target_scrape_error{reason="content"} 1');
    }
    expect(api.seen).toHaveLength(201);
  });
});

/** What one of the children does, and what that is called. */
const failures: Readonly<
  Record<
    string,
    { readonly reason: string; readonly isSkipped: boolean; readonly fail: (response: ServerResponse) => void }
  >
> = {
  'an error status': { reason: 'status', isSkipped: true, fail: (response) => response.writeHead(500).end() },
  'no permission': { reason: 'forbidden', isSkipped: true, fail: (response) => response.writeHead(403).end() },
  'a closed connection': { reason: 'closed', isSkipped: true, fail: (response) => response.destroy() },
  'what is not JSON': { reason: 'decode', isSkipped: true, fail: (response) => response.end('<html>') },
  'a redirect': {
    reason: 'redirect',
    isSkipped: false,
    fail: (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  },
  'too much': { reason: 'too_large', isSkipped: false, fail: (response) => response.end('1'.repeat(200_000)) },
  'nothing in time': { reason: 'timeout', isSkipped: false, fail: () => undefined },
};

describe.each(Object.entries(failures))('a follow-up request that gets %s', (_, { reason, isSkipped, fail }) => {
  const limits = 'limits: { body_size: 100KB }\n';
  const start = async (policy: string) => {
    const api = await startApi((path, response) =>
      answerActuator(path, response, { failing: { 7: () => fail(response) } }),
    );
    const zxp = await startDaemon({
      config: actuator(api.url, `on_error: ${policy}`, reason === 'timeout' ? 'timeout: 1s' : '') + limits,
    });
    return zxp.probe({ target: 'app' });
  };

  test(`fails the scrape with on_error: fail: ${reason}`, async () => {
    const reply = await start('fail');
    expect(samplesOf(reply)).toEqual([]);
    expect(reply.text).toContain(`target_scrape_error{reason="${reason}"} 1`);
  });

  test(
    isSkipped ? 'is left out and counted with on_error: skip' : 'fails the scrape with on_error: skip, too',
    async () => {
      const reply = await start('skip');
      expect(samplesOf(reply)).toHaveLength(isSkipped ? 199 : 0);
      if (isSkipped) expect(reply.text).toContain('\ntarget_scrape_requests_failed 1\n');
      else expect(reply.text).toContain(`target_scrape_error{reason="${reason}"} 1`);
    },
  );
});

test('where every follow-up request fails the first of them is the reason, whichever ends first', async () => {
  const second = createHold();
  const api = await startApi((path, response) => {
    if (path === '/list') response.end('{"ids":["a","b"]}');
    else if (path === '/x/b') response.writeHead(401).end(() => second.release());
    else void second.pass().then(() => response.end('{'));
  });
  const config = `\
targets: [{ name: box, url: '${api.url}/list', module: m }]
modules: { m: { follow: { each: '{.ids[*]}', url: 'x/{{ . }}', on_error: skip }, metrics: [] } }
`;
  const zxp = await startDaemon({ config });
  const { text } = await zxp.probe({ target: 'box' });
  expect(text).toContain('target_scrape_error{reason="decode"} 1');
});

test('where every follow-up request fails the scrape fails, whatever on_error is', async () => {
  const api = await startApi((path, response) => {
    if (path === '/actuator/metrics') answerActuator(path, response);
    else response.writeHead(503).end();
  });
  const zxp = await startDaemon({ config: actuator(api.url, 'on_error: skip') });
  const { text } = await zxp.probe({ target: 'app' });
  expect(text).toContain('target_scrape_error{reason="status"} 1');
  expect(text).toContain('\ntarget_scrape_http_status_code 503\n');
  expect(text).toContain('\ntarget_scrape_requests_failed 200\n');
});

const refused: Readonly<
  Record<string, { readonly list: string; readonly follow?: string; readonly url?: string; readonly reason: string }>
> = {
  'more elements than max': { list: '{"names": ["a", "b", "c"]}', follow: 'max: 2', reason: 'limit' },
  'a key that into would replace': { list: '{"names": ["a"], "details": 1}', reason: 'schema' },
  'nothing at the path of each': { list: '{"error": "no"}', reason: 'schema' },
  'an element that is null': { list: '{"names": [null]}', reason: 'schema' },
  'an element without the field of the template': {
    list: '{"names": [{"id": 1}, {"name": 2}]}',
    url: '{{ .id }}',
    reason: 'schema',
  },
  'an element that is a text where the template wants a field': {
    list: '{"names": ["a"]}',
    url: '{{ .id }}',
    reason: 'schema',
  },
};

describe.each(Object.entries(refused))('a first document with %s', (_, { list, follow = '', url, reason }) => {
  test(`is refused before a follow-up request: ${reason}`, async () => {
    const api = await startApi((_path, response) => void response.end(list));
    const zxp = await startDaemon({
      config: actuator(api.url, follow).replace('metrics/{{ . | urlpath }}', url ?? 'metrics/{{ . | urlpath }}'),
    });
    expect((await zxp.probe({ target: 'app' })).text).toContain(`target_scrape_error{reason="${reason}"} 1`);
    expect(api.seen).toHaveLength(1);
  });
});

const places: Readonly<Record<string, (other: URL) => string>> = {
  'another port': (other) => other.href,
  'another host': (other) => `http://localhost:${other.port}/`,
  'a user in the URL': (other) => `http://user:pw@${other.host}/`,
  'the scheme https': (other) => `https://${other.host}/`,
  'a host without a scheme': (other) => `//${other.host}/`,
  'a backslash for a slash': (other) => `\\\\${other.host}/`,
  'a file': () => 'file:///etc/hostname',
};

describe.each(Object.entries(places))('a follow-up URL at %s', (_, locate) => {
  test('is refused before any follow-up request is made', async () => {
    const other = await startJsonUpstream({});
    const list = ['metrics/a', locate(new URL(other.url))];
    const api = await startApi((_path, response) => void response.end(JSON.stringify({ names: list })));
    const zxp = await startDaemon({
      config: actuator(api.url, 'on_error: skip').replace('metrics/{{ . | urlpath }}', '{{ . }}'),
    });
    const { text } = await zxp.probe({ target: 'app' }, { Authorization: 'Bearer mine' });
    expect(text).toContain('target_scrape_error{reason="redirect"} 1');
    expect(other.accepted).toBe(0);
    expect(api.seen).toHaveLength(1);
  });
});

const strays = [
  '.',
  '..',
  '../../admin',
  '%2e%2E',
  '..\\\\admin',
  '.%2E/admin',
  '..%2fadmin',
  '.\\t.',
  '.. ',
  '',
  '?a=b',
  'a/../../admin',
];

describe.each(strays)('an element %j', (name) => {
  test.each(['metrics/{{ . }}', './{{ . }}', '/actuator/metrics/{{ . }}'])(
    'does not leave the folder of url: %s',
    async (url) => {
      const api = await startApi((_path, response) => void response.end(JSON.stringify({ names: ['a', name] })));
      const zxp = await startDaemon({
        config: actuator(api.url, 'on_error: skip').replace('metrics/{{ . | urlpath }}', url),
      });
      const { text } = await zxp.probe({ target: 'app' });
      expect(text).toContain('target_scrape_error{reason="redirect"} 1');
      expect(api.seen).toHaveLength(1);
    },
  );
});

test('names with dots, and paths that a document gives whole, are requested', async () => {
  const api = await startApi((path, response) => {
    response.end(path === '/actuator/metrics' ? '{"names": ["...", "a..b", "../x"]}' : '{}');
  });
  const inQuery = await startDaemon({
    config: actuator(api.url).replace('metrics/{{ . | urlpath }}', '/q?n={{ . | urlquery }}'),
  });
  const whole = await startDaemon({ config: actuator(api.url).replace('metrics/{{ . | urlpath }}', '{{ . }}') });
  for (const zxp of [inQuery, whole]) expect((await zxp.probe({ target: 'app' })).text).toContain('\ntarget_up 1\n');
  expect(
    api.seen
      .map(({ path }) => path)
      .filter((path) => path !== '/actuator/metrics')
      .sort(),
  ).toEqual(['/actuator/...', '/actuator/a..b', '/q?n=..%2Fx', '/q?n=...', '/q?n=a..b', '/x']);
});

test('the debug view has every request, masked, and the responses of none', async () => {
  const api = await startApi((path, response) => answerActuator(path, response));
  const zxp = await startDaemon({
    config: actuator(api.url).replace("| urlpath }}'", "| urlpath }}?api_key=hidden-key'"),
  });
  const { text } = await zxp.probe({ target: 'app', debug: 'true' }, { Authorization: 'Bearer hidden-bearer' });
  expect(text).toMatch(/ {2}2\. GET \S+\?api_key=<secret>: /);
  expect(text).not.toContain('hidden');
});
