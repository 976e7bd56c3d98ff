import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startJsonUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { samplesOf } from '../support/samples.js';

const METRICS = `metrics:
      - { name: items, path: '{.items}', length: true }
      - { name: size, type: object, path: '{.items[*]}', labels: { id: '{.id}' }, values: { '': '{.size}' } }
      - { name: total_size, type: object, path: '{.items[*]}', aggregate: sum, values: { '': '{.size}' } }
      - { name: owner, path: '{.owner}' }`;

/** A module that reads lists of `{id, size}`, by its pages. */
function moduleWith(url: string, pages: string, rest = ''): string {
  return `targets: [{ name: list, url: '${url}/list', module: m }]
modules:
  m:
    ${rest}
    pages: ${pages}
    ${METRICS}
`;
}

/** Seven things, one of them with an identifier beyond 2^53. */
const things = [5, 1, 4, 2, 3, 9, 7].map((size, i) => ({ id: `thing-${i}`, size }));

interface ApiRequest {
  readonly url: URL;
  readonly authorization: string | undefined;
}

/** An API on the loopback; what it is requested is kept. */
async function startApi(answer: (request: ApiRequest, response: ServerResponse) => void) {
  const seen: ApiRequest[] = [];
  const upstream = forThisTest(
    await startStubUpstream((request: IncomingMessage, response: ServerResponse) => {
      const url = new URL(request.url ?? '', 'http://api');
      const each = { url, authorization: request.headers.authorization };
      seen.push(each);
      answer(each, response);
    }),
  );
  return { url: upstream.url, seen };
}

/** A page of the things as each of the five kinds has it. */
function answerPage({ url }: ApiRequest, response: ServerResponse, size = 3): void {
  const page = Number(url.searchParams.get('page') ?? 1);
  const offset = Number(url.searchParams.get('offset') ?? url.searchParams.get('after') ?? (page - 1) * size);
  const items = things.slice(offset, offset + size);
  const next = offset + size < things.length ? offset + size : undefined;
  if (next !== undefined && url.searchParams.get('kind') === 'link') {
    response.setHeader('link', [
      `</list?kind=link&offset=0>; rel=first`,
      `<?kind=link&offset=${next}>; rel="last next"`,
    ]);
  }
  response.end(
    JSON.stringify({
      items,
      owner: offset === 0 ? 'LONG' : -1,
      next: next === undefined ? null : `list?offset=${next}`,
      meta: { after: next },
    }).replace('"LONG"', '12345678901234567'),
  );
}

const kinds: Readonly<Record<string, { readonly next: string; readonly query?: string; readonly requests: number }>> = {
  'a Link header': { next: 'link', query: '?kind=link', requests: 3 },
  'a URL in the document': { next: "{ path: '{.next}' }", requests: 3 },
  'a cursor': { next: "{ cursor: '{.meta.after}', param: after }", requests: 3 },
  'a page number': { next: '{ page: page }', requests: 4 },
  'an offset': { next: '{ offset: offset, limit: 3 }', requests: 3 },
};

describe('pages', () => {
  for (const [name, { next, query = '', requests }] of Object.entries(kinds)) {
    test(`by ${name} give what the same list gives in one document`, async () => {
      const whole = await startJsonUpstream(
        JSON.stringify({ items: things, owner: 1 }).replace('"owner":1}', '"owner":12345678901234567}'),
      );
      const api = await startApi((request, response) => answerPage(request, response));
      const one = await startDaemon({ config: moduleWith(whole.url, "{ items: '{.items}', next: link }") });
      const many = await startDaemon({
        config: moduleWith(api.url, `{ items: '{.items}', next: ${next} }`).replace('/list', `/list${query}`),
      });
      const expected = samplesOf(await one.probe({ target: 'list' }));
      const reply = await many.probe({ target: 'list' }, { Authorization: 'Bearer mine' });
      expect(expected).toContain('total_size 31');
      expect(samplesOf(reply)).toEqual(expected);
      expect(reply.text).toContain(`\ntarget_scrape_requests ${requests}\n`);
      expect(reply.text).toContain('\ntarget_scrape_requests_failed 0\n');
      expect(new Set(api.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer mine']));
    });
  }

  test('a module without pages has no metric of its requests', async () => {
    const whole = await startJsonUpstream({ items: things, owner: 1 });
    const zxp = await startDaemon({ config: moduleWith(whole.url, 'null') });
    expect((await zxp.probe({ target: 'list' })).text).not.toContain('target_scrape_requests');
  });

  test('limit_param sends the size of a page, and other parameters stay as they are', async () => {
    const api = await startApi((request, response) => answerPage(request, response, 4));
    const zxp = await startDaemon({
      config: moduleWith(
        api.url,
        "{ items: '{.items}', next: { offset: offset, limit: 4, limit_param: size } }",
      ).replace('/list', '/list?q=a%20b&offset=9'),
    });
    expect(samplesOf(await zxp.probe({ target: 'list' }))).toContain('items 7');
    expect(api.seen.map(({ url }) => url.search)).toEqual(['?q=a%20b&offset=0&size=4', '?q=a%20b&size=4&offset=4']);
  });

  test('a document that is an array goes on as one', async () => {
    const api = await startApi(({ url }, response) => {
      const page = Number(url.searchParams.get('p'));
      response.end(JSON.stringify(page < 2 ? [page, page + 10] : []));
    });
    const zxp = await startDaemon({
      config: `targets: [{ name: list, url: '${api.url}', module: m }]
modules:
  m:
    pages: { items: '{@}', next: { page: p, start: 0 } }
    metrics: [{ name: sum, type: object, path: '{[*]}', aggregate: sum, values: { '': '{@}' } }]`,
    });
    expect(samplesOf(await zxp.probe({ target: 'list' }))).toEqual(['sum 22']);
  });

  test('the _catalog of zot is read by its Link headers', async () => {
    const repositories = ['alpine', 'busybox', 'golang', 'node', 'zot'];
    const api = await startApi(({ url }, response) => {
      const last = repositories.indexOf(url.searchParams.get('last') ?? '') + 1;
      const page = repositories.slice(last, last + 2);
      if (last + 2 < repositories.length) {
        response.setHeader('link', `</v2/_catalog?last=${page.at(-1)}&n=2>; rel="next"`);
      }
      response.end(JSON.stringify({ repositories: page }));
    });
    const zxp = await startDaemon({
      config: `targets: [{ name: zot, url: '${api.url}/v2/_catalog?n=2', module: catalog }]
modules:
  catalog:
    pages: { items: '{.repositories}', next: link }
    metrics: [{ name: repositories, path: '{.repositories}', length: true }]`,
    });
    expect(samplesOf(await zxp.probe({ target: 'zot' }))).toEqual(['repositories 5']);
    expect(api.seen.map(({ url }) => url.searchParams.get('last'))).toEqual([null, 'busybox', 'node']);
  });
});

describe('a list is a failure, and never a part of it', () => {
  const endings: Readonly<
    Record<string, { readonly second: string; readonly status?: number; readonly reason: string }>
  > = {
    'a page that fails': { second: '{}', status: 503, reason: 'status' },
    'a page that may not be read': { second: '{}', status: 403, reason: 'forbidden' },
    'a page that is not JSON': { second: '<html>', reason: 'decode' },
    'a page whose items are not an array': { second: '{"items": {"a": 1}}', reason: 'schema' },
    'a next page that was there': { second: '{"items": [], "next": "/list"}', reason: 'redirect' },
    'a next page that is itself': { second: '{"items": [], "next": "?page=2"}', reason: 'redirect' },
    'a next page that is a number': { second: '{"items": [], "next": 3}', reason: 'schema' },
    'a next page that is not a URL': { second: '{"items": [], "next": "http://["}', reason: 'redirect' },
  };
  for (const [name, { second, status = 200, reason }] of Object.entries(endings)) {
    test(`with ${name}: ${reason}`, async () => {
      const api = await startApi(({ url }, response) => {
        const isFirst = url.search === '';
        response.writeHead(isFirst ? 200 : status);
        response.end(isFirst ? '{"items": [{"id": "a", "size": 1}], "owner": 1, "next": "?page=2"}' : second);
      });
      const zxp = await startDaemon({
        config: moduleWith(api.url, "{ items: '{.items}', next: { path: '{.next}' } }"),
      });
      const reply = await zxp.probe({ target: 'list' });
      expect(samplesOf(reply)).toEqual([]);
      expect(reply.text).toContain(`target_scrape_error{reason="${reason}"} 1`);
      expect(reply.text).toContain('\ntarget_scrape_requests 2\n');
      if (status !== 200) expect(reply.text).toContain(`\ntarget_scrape_http_status_code ${status}\n`);
    });
  }

  test('where the first page has no items at all', async () => {
    const api = await startApi((_, response) => response.end('{"error": "no"}'));
    const zxp = await startDaemon({ config: moduleWith(api.url, "{ items: '{.items}', next: link }") });
    expect((await zxp.probe({ target: 'list' })).text).toContain('target_scrape_error{reason="schema"} 1');
  });

  test('with more pages than max: limit, after max requests', async () => {
    const api = await startApi(({ url }, response) => {
      response.end(
        JSON.stringify({ items: [{ id: 'a', size: 1 }], next: `?page=${Number(url.searchParams.get('page')) + 1}` }),
      );
    });
    const zxp = await startDaemon({
      config: moduleWith(api.url, "{ items: '{.items}', max: 5, next: { path: '{.next}' } }"),
    });
    expect((await zxp.probe({ target: 'list' })).text).toContain('target_scrape_error{reason="limit"} 1');
    expect(api.seen).toHaveLength(5);
  });

  test('with pages that are slower together than the deadline: timeout', async () => {
    const api = await startApi(({ url }, response) => {
      const next = `?page=${Number(url.searchParams.get('page')) + 1}`;
      setTimeout(() => response.end(JSON.stringify({ items: [], next })), 60);
    });
    const zxp = await startDaemon({
      config: moduleWith(api.url, "{ items: '{.items}', max: 1000, next: { path: '{.next}' } }", 'timeout: 400ms'),
    });
    expect((await zxp.probe({ target: 'list' })).text).toContain('target_scrape_error{reason="timeout"} 1');
    expect(api.seen.length).toBeGreaterThan(2);
    expect(api.seen.length).toBeLessThan(9);
  });

  test('with pages that are larger together than limits.body_size: too_large', async () => {
    const api = await startApi(({ url }, response) => {
      const next = `?page=${Number(url.searchParams.get('page')) + 1}`;
      response.end(JSON.stringify({ items: [{ id: 'x'.repeat(1000), size: 1 }], next }));
    });
    const zxp = await startDaemon({
      config: `${moduleWith(api.url, "{ items: '{.items}', next: { path: '{.next}' } }")}limits: { body_size: 5KB }\n`,
    });
    expect((await zxp.probe({ target: 'list' })).text).toContain('target_scrape_error{reason="too_large"} 1');
    expect(api.seen).toHaveLength(5);
  });
});

describe('credentials stay on the origin of the target', () => {
  const places: Readonly<Record<string, (other: URL) => string>> = {
    'another port': (other) => other.href,
    'another host': (other) => `http://localhost:${other.port}/`,
    'a user in the URL': (other) => `http://user:pw@${other.host}/`,
    'the scheme https': (other) => `https://${other.host}/`,
    'a host without a scheme': (other) => `//${other.host}/`,
    'a file': () => 'file:///etc/hostname',
  };
  for (const [name, locate] of Object.entries(places)) {
    for (const kind of ['link', 'path']) {
      test(`a next page by ${kind} at ${name} is refused before a connection`, async () => {
        const other = await startJsonUpstream({ items: [] });
        const next = locate(new URL(other.url));
        const api = await startApi((_, response) => {
          response.setHeader('link', `<${next}>; rel=next`);
          response.end(JSON.stringify({ items: [], next }));
        });
        const zxp = await startDaemon({
          config: moduleWith(
            api.url,
            `{ items: '{.items}', next: ${kind === 'link' ? 'link' : "{ path: '{.next}' }"} }`,
          ),
        });
        const { text } = await zxp.probe({ target: 'list' }, { Authorization: 'Bearer mine' });
        expect(text).toContain('target_scrape_error{reason="redirect"} 1');
        expect(other.accepted).toBe(0);
        expect(api.seen).toHaveLength(1);
      });
    }
  }
});

test('the checks of fail_if see all pages', async () => {
  const api = await startApi((request, response) => answerPage(request, response));
  const zxp = await startDaemon({
    config: moduleWith(
      api.url,
      "{ items: '{.items}', next: { path: '{.next}' } }",
      "fail_if: [{ path: '{.items[*].id}', is: [thing-6] }]",
    ),
  });
  expect((await zxp.probe({ target: 'list' })).text).toContain('target_scrape_error{reason="content"} 1');
});

test('min_interval repeats the whole list, with its requests and without a request', async () => {
  const api = await startApi((request, response) => answerPage(request, response));
  const zxp = await startDaemon({
    config: moduleWith(api.url, "{ items: '{.items}', next: { path: '{.next}' } }", 'min_interval: 1h'),
  });
  const first = await zxp.probe({ target: 'list' });
  const second = await zxp.probe({ target: 'list' });
  expect(samplesOf(second)).toEqual(samplesOf(first));
  expect(second.text).toContain('\ntarget_scrape_requests 3\n');
  expect(api.seen).toHaveLength(3);
});

test('the debug view has every request, masked', async () => {
  const api = await startApi(({ url }, response) => {
    const next = url.search === '' ? '?access_token=hidden-cursor' : null;
    response.end(JSON.stringify({ items: [], owner: 1, next }));
  });
  const zxp = await startDaemon({ config: moduleWith(api.url, "{ items: '{.items}', next: { path: '{.next}' } }") });
  const { text } = await zxp.probe({ target: 'list', debug: 'true' }, { Authorization: 'Bearer hidden-bearer' });
  expect(text).toContain('requests: 2\n');
  expect(text).toMatch(/ {2}1\. GET http:\S+\/list: 200, \d+ bytes\n/);
  expect(text).toMatch(/ {2}2\. GET http:\S+\/list\?access_token=<secret>: 200, \d+ bytes\n/);
  expect(text).not.toContain('hidden');
});
