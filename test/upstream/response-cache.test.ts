import { describe, expect, test } from 'vitest';
import { joinBytes } from '../../src/model/bytes.js';
import { ZxpError } from '../../src/model/errors.js';
import { FetchRecord } from '../../src/model/fetch-record.js';
import type { HeaderList, UpstreamClient, UpstreamRequest, UpstreamResponse } from '../../src/model/ports.js';
import { createRequestBudget } from '../../src/upstream/request-budget.js';
import { createResponseCache } from '../../src/upstream/response-cache.js';

const MINUTE = 60_000;

/** An upstream that counts, answers with the count, and keepers of its answers with a clock that the test turns. */
function start(options: { readonly maxBytes?: number; readonly client?: UpstreamClient } = {}) {
  let nowMs = 0;
  const asked: UpstreamRequest[] = [];
  const keep = createResponseCache({ now: () => nowMs, maxBytes: options.maxBytes ?? 50_000_000 });
  const client: UpstreamClient = async (request) => {
    asked.push(request);
    return options.client?.(request) ?? { statusCode: 200, body: Buffer.from(`answer ${asked.length}`) };
  };
  /** Zero for no interval at all. */
  const open = (intervalMs = MINUTE, scope = 'm', hasBudget = false) => {
    const minIntervalMs = intervalMs === 0 ? undefined : intervalMs;
    const limited = keep(client, { minIntervalMs, scope, hasBudget });
    return async (more: Partial<UpstreamRequest> = {}) => {
      const record = new FetchRecord(() => nowMs);
      const request = { url, headers: alice, signal: new AbortController().signal, maxBodyBytes: 9, record, ...more };
      const response = await limited(request);
      return { text: Buffer.from(joinBytes(response.body)).toString(), response, record: request.record };
    };
  };
  return {
    asked,
    open,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

const url = new URL('http://api.example/x?a=1');
const alice: HeaderList = [['authorization', 'Bearer alice']];
const bob: HeaderList = [['authorization', 'Bearer bob']];

describe('a repeat within the interval', () => {
  test('gets the answer of before with its age, and asks nobody', async () => {
    const { asked, open, wait } = start();
    const ask = open();
    expect(await ask()).toMatchObject({ text: 'answer 1', record: { ageSeconds: 0 } });
    wait(MINUTE - 1);
    expect(await ask()).toMatchObject({ text: 'answer 1', record: { ageSeconds: 59.999 } });
    expect(asked).toHaveLength(1);
    wait(1);
    expect(await ask()).toMatchObject({ text: 'answer 2', record: { ageSeconds: 0 } });
  });

  test.each<[string, Partial<UpstreamRequest>]>([
    ['caller', { headers: bob }],
    ['caller without credentials', { headers: [] }],
    ['header', { headers: [...alice, ['x-scope-orgid', '7']] }],
    ['parameter', { url: new URL('http://api.example/x?a=2') }],
    ['host', { url: new URL('http://api2.example/x?a=1') }],
    ['method', { method: 'POST' }],
    ['body', { body: '{}' }],
  ])('of another %s is none', async (_, other) => {
    const { asked, open } = start();
    const ask = open();
    await ask();
    expect((await ask(other)).text).toBe('answer 2');
    expect((await ask()).text).toBe('answer 1');
    expect(asked).toHaveLength(2);
  });

  test('by another module is none', async () => {
    const { open } = start();
    await open()();
    expect((await open(MINUTE, 'other')()).text).toBe('answer 2');
  });

  test('gets a body of its own: what a reader does to one changes no other', async () => {
    const { open } = start();
    const ask = open();
    for (const _ of [1, 2]) joinBytes((await ask()).response.body).fill(0);
    expect((await ask()).text).toBe('answer 1');
  });

  test('has the facts of TLS of the answer, and what is left of its Retry-After', async () => {
    const tls = { version: 'TLSv1.3', expirySeconds: 5 };
    const client: UpstreamClient = async ({ record }) => {
      if (record !== undefined) Object.assign(record, { tls, retryAfterSeconds: 20 });
      return { statusCode: 200, body: Buffer.from('x') };
    };
    const { open, wait } = start({ client });
    const ask = open();
    await ask();
    wait(15_000);
    expect((await ask()).record).toMatchObject({ tls, retryAfterSeconds: 5, ageSeconds: 15 });
    wait(15_000);
    expect((await ask()).record).toMatchObject({ retryAfterSeconds: 0, ageSeconds: 30 });
  });
});

describe('a failure', () => {
  const failWith = (
    code: 'closed' | 'too_large' | 'timeout' | 'connect' | 'dns' | 'tls' | 'blocked' | 'config' | 'internal',
  ) =>
    start({
      client: async () => {
        throw new ZxpError(code, 'it failed');
      },
    });

  test.each(['closed', 'too_large'] as const)('for %s counts: it is repeated', async (code) => {
    const { asked, open, wait } = failWith(code);
    const ask = open();
    const record = new FetchRecord(() => 0);
    await expect(ask()).rejects.toMatchObject({ code });
    wait(30_000);
    await expect(ask({ record })).rejects.toMatchObject({ code });
    expect(record.ageSeconds).toBe(30);
    expect(asked).toHaveLength(1);
  });

  test.each(['dns', 'connect', 'tls', 'timeout', 'blocked', 'config', 'internal'] as const)(
    'for %s, which reached nobody or was made by the caller, is not repeated',
    async (code) => {
      const { asked, open } = failWith(code);
      const ask = open();
      for (let i = 0; i < 3; i++) await expect(ask()).rejects.toMatchObject({ code });
      expect(asked).toHaveLength(3);
    },
  );

  test('by status counts', async () => {
    const { asked, open } = start({ client: async () => ({ statusCode: 429, body: new Uint8Array() }) });
    const ask = open();
    for (let i = 0; i < 3; i++) expect((await ask()).response.statusCode).toBe(429);
    expect(asked).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  const resting = (retryAfterSeconds: number) =>
    start({
      client: async ({ record }): Promise<UpstreamResponse> => {
        if (record !== undefined) record.retryAfterSeconds = retryAfterSeconds;
        return { statusCode: 503, body: new Uint8Array() };
      },
    });

  test.each([
    [10, 60],
    [300, 300],
    [1e9, 3600],
  ])('of %d s lets the answer stand for %d s', async (retryAfter, seconds) => {
    const { asked, open, wait } = resting(retryAfter);
    const ask = open();
    await ask();
    wait(seconds * 1000 - 1);
    await ask();
    expect(asked).toHaveLength(1);
    wait(1);
    await ask();
    expect(asked).toHaveLength(2);
  });
});

describe('scrapes at once', () => {
  /** Answers when the test says so, and rejects when nobody waits any more, as the real client does. */
  function startHeld() {
    const answers: ((response: UpstreamResponse) => void)[] = [];
    const client: UpstreamClient = ({ signal }) =>
      new Promise((resolve, reject) => {
        answers.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    return { ...start({ client }), answers };
  }

  test('of one caller share one request, and those of two have two', async () => {
    const { asked, open, answers } = startHeld();
    const ask = open();
    const waiting = [ask(), ask(), ask({ headers: bob }), ask()];
    for (const [i, answer] of answers.entries()) answer({ statusCode: 200, body: Buffer.from(`to ${i}`) });
    expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(['to 0', 'to 0', 'to 1', 'to 0']);
    expect(asked.map(({ headers }) => headers)).toEqual([alice, bob]);
  });

  test('have as much time as the last one that waits: the limit of the first is not passed on', async () => {
    const { asked, open } = start();
    const ask = open();
    await Promise.all([ask({ limitMs: 100 }), ask({ limitMs: 5000 })]);
    expect(asked.map(({ limitMs }) => limitMs)).toEqual([undefined]);
  });

  test('of which one leaves go on', async () => {
    const { open, answers } = startHeld();
    const ask = open();
    const controller = new AbortController();
    const leaving = ask({ signal: controller.signal });
    const staying = ask();
    controller.abort(new ZxpError('cancelled', 'gone'));
    await expect(leaving).rejects.toMatchObject({ code: 'cancelled' });
    answers[0]?.({ statusCode: 200, body: Buffer.from('it') });
    expect((await staying).text).toBe('it');
  });

  test("of which nobody stays end the request, and the failure of one who left is nobody else's", async () => {
    for (const code of ['timeout', 'cancelled'] as const) {
      const { asked, open, answers } = startHeld();
      const ask = open();
      const controller = new AbortController();
      const leaving = ask({ signal: controller.signal });
      controller.abort(new ZxpError(code, 'left'));
      await expect(leaving).rejects.toMatchObject({ code });
      expect(asked[0]?.signal.aborted).toBe(true);
      const next = ask().then(
        () => 'answered',
        (thrown) => thrown.code,
      );
      answers[1]?.({ statusCode: 200, body: Buffer.from('it') });
      expect(await next).toBe('answered');
      expect(asked).toHaveLength(2);
    }
  });
});

describe('what is kept', () => {
  test('is bounded in bytes: the answers that came first go', async () => {
    const { asked, open } = start({
      maxBytes: 25_000,
      client: async ({ headers }) => ({ statusCode: 200, body: Buffer.alloc(10_000, headers[0]?.[1] ?? '') }),
    });
    const ask = open();
    for (const name of ['a', 'b', 'c']) await ask({ headers: [['x', name]] });
    for (const name of ['b', 'c']) await ask({ headers: [['x', name]] });
    expect(asked).toHaveLength(3);
    await ask({ headers: [['x', 'a']] });
    expect(asked).toHaveLength(4);
  });

  test('has its headers counted, and none of them that nobody reads', async () => {
    const long = 'x'.repeat(60_000);
    const headers: HeaderList = [
      ['x-long', long],
      ['set-cookie', `session=${long}`],
    ];
    const { asked, open } = start({
      maxBytes: 1_000_000,
      client: async () => ({ statusCode: 200, headers: () => headers, body: Buffer.from('{}') }),
    });
    const ask = open();
    for (let i = 0; i < 100; i++) await ask({ headers: [['x', String(i)]] });
    expect((await ask({ headers: [['x', '99']] })).response.headers?.()).toEqual([['x-long', long]]);
    expect(asked).toHaveLength(100);
    await ask({ headers: [['x', '0']] });
    expect(asked).toHaveLength(101);
  });

  test('takes no more memory than it counts, whatever buffer a body was cut out of', async () => {
    const { open } = start({
      client: async () => ({ statusCode: 200, body: Buffer.alloc(1_000_000).subarray(0, 10) }),
    });
    const ask = open();
    await ask();
    expect(joinBytes((await ask()).response.body).buffer.byteLength).toBe(10);
  });

  test('is of a failure its message alone, and not the connection that caused it', async () => {
    const { open } = start({
      client: async () => {
        throw new ZxpError('closed', 'cut', { cause: new Error('a socket') });
      },
    });
    const ask = open();
    await ask().catch(() => undefined);
    const again: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(again).toMatchObject({ code: 'closed', message: 'cut' });
    expect(again instanceof Error && again.cause).toBeUndefined();
  });

  test('is bounded in number', async () => {
    const { asked, open } = start({ client: async () => ({ statusCode: 404, body: new Uint8Array() }) });
    const ask = open();
    for (let i = 0; i <= 10_000; i++) await ask({ headers: [['x', String(i)]] });
    await ask({ headers: [['x', '10000']] });
    expect(asked).toHaveLength(10_001);
    await ask({ headers: [['x', '0']] });
    expect(asked).toHaveLength(10_002);
  });
});

describe('requests that only share what is under way', () => {
  test('are one while they are at the same time, and each made again afterwards', async () => {
    const answers: ((response: UpstreamResponse) => void)[] = [];
    const { asked, open } = start({ client: () => new Promise((resolve) => answers.push(resolve)) });
    const ask = open(0);
    const waiting = [ask(), ask(), ask({ headers: bob })];
    for (const [i, answer] of answers.entries()) answer({ statusCode: 200, body: Buffer.from(`to ${i}`) });
    expect((await Promise.all(waiting)).map(({ text, record }) => [text, record?.ageSeconds])).toEqual([
      ['to 0', undefined],
      ['to 0', undefined],
      ['to 1', undefined],
    ]);
    const next = ask();
    answers[2]?.({ statusCode: 200, body: Buffer.from('new') });
    expect((await next).text).toBe('new');
    expect(asked).toHaveLength(3);
  });

  test('keep each their own deadline, and the request the longest of them', async () => {
    const answers: ((response: UpstreamResponse) => void)[] = [];
    const { open, asked } = start({ client: () => new Promise((resolve) => answers.push(resolve)) });
    const ask = open(0);
    const impatient = new AbortController();
    const early = ask({ signal: impatient.signal });
    const patient = ask();
    impatient.abort(new ZxpError('timeout', 'too late for me'));
    await expect(early).rejects.toMatchObject({ code: 'timeout' });
    expect(asked[0]?.signal.aborted).toBe(false);
    answers[0]?.({ statusCode: 200, body: Buffer.from('it') });
    expect((await patient).text).toBe('it');
  });
});

describe('a request that its budget does not allow', () => {
  test('repeats the last response, with its age, and fails where there is none', async () => {
    const budget = createRequestBudget({ requests: 1, intervalMs: MINUTE, now: () => 0 });
    const { open, wait } = start({
      client: async () => {
        budget.spend('x');
        return { statusCode: 500, body: new Uint8Array() };
      },
    });
    const ask = open(0, 'm', true);
    expect((await ask()).record).toMatchObject({ ageSeconds: 0, repeatedBecause: undefined });
    wait(20_000);
    const repeatedBecause = 'the budget of 1 request in 60 s is used up for 60 s';
    expect(await ask()).toMatchObject({ response: { statusCode: 500 }, record: { ageSeconds: 20, repeatedBecause } });
    await expect(ask({ headers: bob })).rejects.toMatchObject({ code: 'limit' });
  });
});
