import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toConfigFile } from '../support/config-file.js';
import { openDaemon } from '../support/daemon.js';
import { expectFailure, type FailingScrape, testFailingScrapes } from '../support/failing-scrapes.js';
import {
  type Answer,
  type HostileUpstream,
  healthyDocument,
  healthySample,
  reply,
  startHostileUpstream,
} from '../support/hostile-upstream.js';

/** A reply that has good metrics for its body, and would give them away if anybody read it. */
const withMetrics = (status: number, headerLines: readonly string[] = []): Answer => {
  const bytes = reply(healthyDocument, headerLines, `${status} Whatever`);
  return (socket) => socket.write(bytes);
};

const withoutBody = (status: number, headerLines: readonly string[] = []): Answer => {
  const head = [`HTTP/1.1 ${status} Whatever`, ...headerLines, '', ''].join('\r\n');
  return (socket) => socket.write(head);
};

describe('a redirect', () => {
  let sink: HostileUpstream;

  beforeAll(async () => {
    sink = await startHostileUpstream();
  });

  afterEach(() => {
    expect(sink.accepted).toBe(0);
  });

  afterAll(() => sink.close());

  testFailingScrapes(
    [301, 302, 303, 307, 308].map(
      (status): FailingScrape => ({
        title: `${status} to another origin, where nobody comes`,
        reason: 'redirect',
        statusCode: status,
        answer: (socket, head) => withMetrics(status, [`Location: ${sink.url}/metrics`])(socket, head),
      }),
    ),
  );

  test('is not followed on the same origin either', async () => {
    const upstream = await startHostileUpstream();
    upstream.behave({ answer: withMetrics(302, ['Location: /login']) });
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url }) });
    try {
      expectFailure(await exporter.scrape(), { reason: 'redirect', statusCode: 302 });
      expect(upstream.heads).toHaveLength(1);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});

describe('a refusal', () => {
  testFailingScrapes([
    {
      title: '401 with a challenge',
      reason: 'unauthorized',
      statusCode: 401,
      answer: withMetrics(401, ['WWW-Authenticate: Basic realm="zot"']),
    },
    { title: '401 without a challenge', reason: 'unauthorized', statusCode: 401, answer: withMetrics(401) },
    { title: '403', reason: 'forbidden', statusCode: 403, answer: withMetrics(403) },
  ]);
});

describe('any other status that is not 2xx', () => {
  const statuses = [300, 305, 306, 400, 402, 404, 405, 407, 408, 410, 418, 425, 429, 451, 499, 500, 502, 503, 504, 599];
  testFailingScrapes([
    ...[...statuses, 600, 999].map(
      (status): FailingScrape => ({
        title: `${status}, for all its metrics`,
        reason: 'status',
        statusCode: status,
        answer: withMetrics(status, ['Location: http://127.0.0.1:9/', 'Retry-After: 1']),
        alsoSays: ['target_scrape_retry_after_seconds 1'],
      }),
    ),
    { title: '304, which has no body', reason: 'status', statusCode: 304, answer: withoutBody(304) },
    {
      title: '503 with a coding that cannot be undone',
      reason: 'status',
      statusCode: 503,
      answer: withMetrics(503, ['Content-Encoding: gzip']),
    },
  ]);
});

describe('a 2xx without a document', () => {
  testFailingScrapes([
    { title: '204', reason: 'decode', statusCode: 204, answer: withoutBody(204) },
    {
      title: '204 that has a coding',
      reason: 'decode',
      statusCode: 204,
      answer: withoutBody(204, ['Content-Encoding: gzip']),
    },
    {
      title: '200 of no length',
      reason: 'decode',
      statusCode: 200,
      answer: withoutBody(200, ['Content-Length: 0']),
    },
    {
      title: '205 of no chunks',
      reason: 'decode',
      statusCode: 205,
      answer: (socket) => socket.write('HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    },
  ]);
});

describe('any 2xx with a document', () => {
  test.each([200, 201, 202, 203, 206, 226, 299])('%i is target_up 1', async (status) => {
    const upstream = await startHostileUpstream();
    upstream.behave({ answer: withMetrics(status) });
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url }) });
    try {
      const { samples } = await exporter.scrape();
      expect(samples).toEqual(
        expect.arrayContaining(['target_up 1', `target_scrape_http_status_code ${status}`, healthySample]),
      );
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});
