import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DropTally } from '../../src/model/drops.js';
import { failureReasons, ZxpError } from '../../src/model/errors.js';
import type { MetricFamily } from '../../src/model/metrics.js';
import type {
  DocumentRenderer,
  HeaderList,
  RenderTask,
  Translator,
  UpstreamRequest,
  UpstreamResponse,
} from '../../src/model/ports.js';
import type { Scrape } from '../../src/model/scrape.js';
import { type CollectorSpec, UpstreamCollector } from '../../src/scrape/collector.js';
import { LARGE_BODY_BYTES } from '../../src/scrape/placement.js';
import { makeGauge } from '../support/families.js';
import { translatorOf } from '../translate/translate-at-once.js';

const CANARY = 'canary-91c4';
const authorization: HeaderList = [['authorization', `Bearer ${CANARY}`]];

const translator: Translator = {
  ...translatorOf(() => ({ families: [makeGauge('a', [{}])], drops: new DropTally() })),
  upMetric: { name: 'test_up', help: 'Up.' },
};

/** A collector in front of a function, and the requests that came to it. */
function collectFrom(
  answer: (request: UpstreamRequest) => Promise<UpstreamResponse> | UpstreamResponse,
  spec: Partial<CollectorSpec> = {},
) {
  const requests: UpstreamRequest[] = [];
  const collector = new UpstreamCollector({
    url: new URL('http://upstream.invalid/metrics'),
    client: async (request) => {
      requests.push(request);
      return answer(request);
    },
    translator,
    limits: { bodyBytes: 1234, depth: 10, nodes: 2_500_000, series: 100, labels: 10, labelLength: 100 },
    timeoutMs: 10_000,
    now: () => 0,
    ...spec,
  });
  return { collector, requests };
}

const ok = (): UpstreamResponse => ({ statusCode: 200, body: new Uint8Array() });

function firstValue({ families }: Scrape, name: string): number | undefined {
  const family = families.find((each) => each.name === name);
  return family !== undefined && 'values' in family ? family.values[0] : undefined;
}

const names = (families: readonly MetricFamily[]) => families.map((family) => family.name);

/** Everything that can be seen of an object without asking it. */
function look(object: object): string {
  const inspected = inspect(object, { depth: 20, showHidden: true, getters: true });
  return [inspected, JSON.stringify(object), String(object), Object.keys(object).join(), inspect({ ...object })].join(
    '\n',
  );
}

describe('withHeaders', () => {
  test('gives a clone that sends the headers, and leaves the original as it was', async () => {
    const { collector, requests } = collectFrom(ok);
    const clone = collector.withHeaders(authorization);
    expect(clone).not.toBe(collector);
    await collector.collect({});
    await clone.collect({});
    await collector.collect({});
    expect(requests.map((request) => request.headers)).toEqual([[], authorization, []]);
  });

  test('gives clones that know nothing of each other', async () => {
    const { collector, requests } = collectFrom(ok);
    const users = Array.from({ length: 100 }, (_, i): HeaderList => [['authorization', `Bearer ${i}`]]);
    await Promise.all(users.map((headers) => collector.withHeaders(headers).collect({})));
    expect(requests.map((request) => request.headers)).toEqual(users);
  });

  test('takes the place of headers that a clone has already', async () => {
    const { collector, requests } = collectFrom(ok);
    await collector.withHeaders(authorization).withHeaders([]).collect({});
    expect(requests[0]?.headers).toEqual([]);
  });

  test('hides the headers from inspect, JSON and enumeration', async () => {
    const { collector } = collectFrom(ok);
    const clone = collector.withHeaders(authorization);
    expect(look(clone)).not.toContain(CANARY);
    await clone.collect({});
    expect(look(clone)).not.toContain(CANARY);
    expect(look(collector)).not.toContain(CANARY);
  });
});

describe('a scrape', () => {
  test('asks for the URL with the byte limit', async () => {
    const { collector, requests } = collectFrom(ok);
    await collector.collect({});
    expect(requests[0]?.url.href).toBe('http://upstream.invalid/metrics');
    expect(requests[0]?.maxBodyBytes).toBe(1234);
  });

  test('that succeeds gives the families and then the facts', async () => {
    const { collector } = collectFrom(ok);
    const scrape = await collector.collect({});
    expect(names(scrape.families)[0]).toBe('a');
    expect(firstValue(scrape, 'target_up')).toBe(1);
    expect(firstValue(scrape, 'test_up')).toBe(1);
    expect(scrape.outcome).toMatchObject({ up: true, statusCode: 200, samples: 1 });
    expect(scrape.outcome.reason).toBeUndefined();
  });

  test('is timed by its clock', async () => {
    const times = [1000, 1100, 1250.5];
    const { collector } = collectFrom(ok, { now: () => times.shift() ?? Number.NaN });
    const scrape = await collector.collect({});
    expect(scrape.outcome.durationSeconds).toBe(0.2505);
    expect(firstValue(scrape, 'target_scrape_duration_seconds')).toBe(0.2505);
    expect(scrape.outcome.fetched?.phases.seconds('wait')).toBe(0.1);
    expect(scrape.outcome.fetched?.phases.seconds('translate')).toBe(0.1505);
  });

  test('does not let an upstream name a family like one of the facts', async () => {
    const families = ['target_up', 'test_up', 'target_scrape_error', 'b'].map((name) => makeGauge(name, [{}]));
    const { collector } = collectFrom(ok, {
      translator: { ...translator, ...translatorOf(() => ({ families, drops: new DropTally() })) },
    });
    const scrape = await collector.collect({});
    expect(names(scrape.families).filter((name) => name === 'target_up')).toHaveLength(1);
    expect(names(scrape.families)).not.toContain('target_scrape_error');
    expect(scrape.outcome.samples).toBe(1);
    expect(scrape.outcome.drops.count('collision')).toBe(3);
  });
});

describe('a scrape that fails', () => {
  test.each(failureReasons)('for %s is a value with that reason and no family of the upstream', async (reason) => {
    const { collector } = collectFrom(() => Promise.reject(new ZxpError(reason, 'it failed', { hint: 'mend it' })));
    const scrape = await collector.collect({});
    expect(scrape.outcome).toMatchObject({ up: false, reason, message: 'it failed', hint: 'mend it', statusCode: 0 });
    expect(names(scrape.families)).toContain('target_scrape_error');
    expect(names(scrape.families)).not.toContain('a');
    expect(firstValue(scrape, 'target_up')).toBe(0);
    expect(firstValue(scrape, 'test_up')).toBe(0);
  });

  test('says the status that the reply had', async () => {
    const inBody = collectFrom(() => Promise.reject(new ZxpError('closed', 'cut', { statusCode: 206 })));
    expect((await inBody.collector.collect({})).outcome).toMatchObject({ reason: 'closed', statusCode: 206 });
    const translate = () => {
      throw new ZxpError('decode', 'no');
    };
    const inTranslation = collectFrom(() => ({ ...ok(), statusCode: 203 }), {
      translator: { ...translator, translate },
    });
    expect((await inTranslation.collector.collect({})).outcome).toMatchObject({ reason: 'decode', statusCode: 203 });
  });

  test('in a way that nobody foresaw is internal', async () => {
    const translate = () => {
      throw new TypeError('x is not a function');
    };
    const { collector } = collectFrom(ok, { translator: { ...translator, translate } });
    expect((await collector.collect({})).outcome).toMatchObject({ reason: 'internal', statusCode: 200, samples: 0 });
    const { collector: odd } = collectFrom(() => Promise.reject(new ZxpError('listen', 'odd')));
    expect((await odd.collect({})).outcome.reason).toBe('internal');
  });

  test('over a limit counts none of its samples', async () => {
    const rows = Array.from({ length: 101 }, (_, i) => ({ b: String(i) }));
    const { collector } = collectFrom(ok, {
      translator: translatorOf(() => ({ families: [makeGauge('a', rows)], drops: new DropTally() })),
    });
    const scrape = await collector.collect({});
    expect(scrape.outcome).toMatchObject({ reason: 'limit', samples: 0 });
    expect(names(scrape.families)).not.toContain('a');
  });
});

describe('the time of a scrape', () => {
  const untilAborted = ({ signal }: UpstreamRequest) =>
    new Promise<UpstreamResponse>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });

  test("is the collector's own, or the caller's where that is shorter", async () => {
    const { collector } = collectFrom(untilAborted, { timeoutMs: 20 });
    for (const timeoutMs of [undefined, 10, 60_000]) {
      expect((await collector.collect({ timeoutMs })).outcome.reason).toBe('timeout');
    }
  });

  test('ends when its caller leaves: that alone rejects', async () => {
    const { collector } = collectFrom(untilAborted);
    const caller = new AbortController();
    const collected = collector.collect({ signal: caller.signal });
    caller.abort();
    await expect(collected).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a large document', () => {
  const reply = (bytes: number) => (): UpstreamResponse => ({ statusCode: 200, body: new Uint8Array(bytes) });
  const rendered = { chunks: [Buffer.from('rendered 1\n')], samples: 7, drops: new DropTally(), details: [] };

  test('is rendered elsewhere, for a caller who says the format', async () => {
    const tasks: RenderTask[] = [];
    const render: DocumentRenderer = async (task) => {
      tasks.push(task);
      return rendered;
    };
    const { collector } = collectFrom(reply(LARGE_BODY_BYTES + 1), { render });
    const scrape = await collector.collect({ format: 'openmetrics' });
    expect(scrape.written).toEqual(rendered.chunks);
    expect(scrape.outcome).toMatchObject({ up: true, samples: 7, drops: rendered.drops });
    expect(names(scrape.families)).not.toContain('a');
    expect(firstValue(scrape, 'target_scrape_samples')).toBe(7);
    expect(tasks).toMatchObject([
      { format: 'openmetrics', factNames: expect.arrayContaining(['target_up', 'test_up']) },
    ]);
    expect(await collector.collect({})).toMatchObject({ written: [], outcome: { samples: 1 } });
    const { collector: small } = collectFrom(reply(LARGE_BODY_BYTES), { render });
    expect(await small.collect({ format: 'text' })).toMatchObject({ written: [], outcome: { samples: 1 } });
    expect(tasks).toHaveLength(1);
  });

  test('that is not rendered in time is a timeout that says so', async () => {
    const render: DocumentRenderer = (_task, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    const { collector } = collectFrom(reply(LARGE_BODY_BYTES + 1), { render, timeoutMs: 20 });
    const { outcome } = await collector.collect({ format: 'text' });
    expect(outcome).toMatchObject({ reason: 'timeout', statusCode: 200, samples: 0 });
    expect(outcome.message).toBe('the response was complete, but not translated in time');
  });
});
