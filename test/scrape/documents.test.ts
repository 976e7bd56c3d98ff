import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { toConfigFile } from '../support/config-file.js';
import { type Flags, openDaemon } from '../support/daemon.js';
import { expectFailure, type FailingScrape, testFailingScrapes } from '../support/failing-scrapes.js';
import { healthyDocument, reply, startHostileUpstream } from '../support/hostile-upstream.js';

function document(title: string, reason: FailingScrape['reason'], body: string | Uint8Array, flags: Flags = {}) {
  const bytes = reply(body, ['Content-Type: application/json']);
  const answer: FailingScrape['answer'] = (socket) => socket.write(bytes);
  return { title, reason, statusCode: 200, answer, flags };
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const gauge = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  Name: name,
  LabelNames: Object.keys(labels),
  LabelValues: Object.values(labels),
  Value: 1,
});
const gauges = (...rows: readonly ReturnType<typeof gauge>[]) => JSON.stringify({ Gauges: rows });
const nested = (levels: number, inside = '') => '['.repeat(levels) + inside + ']'.repeat(levels);

describe('a body that is not JSON', () => {
  testFailingScrapes([
    document('an empty one', 'decode', ''),
    document('blanks', 'decode', ' \r\n\t'),
    document('UTF-16, little end first, with a mark', 'decode', utf16(`\ufeff${healthyDocument}`)),
    document('UTF-16, big end first, with a mark', 'decode', utf16(`\ufeff${healthyDocument}`).swap16()),
    document('UTF-16 without a mark', 'decode', utf16(healthyDocument)),
    document('a login page', 'decode', '<!DOCTYPE html><html><body>Sign in</body></html>'),
    document('the Prometheus text format', 'decode', '# HELP a b\n# TYPE a gauge\na 1\n'),
    document('gzip that does not say so', 'decode', gzipSync(healthyDocument)),
    document('half a document', 'decode', healthyDocument.slice(0, -1)),
    document('two documents', 'decode', `${healthyDocument}\n${healthyDocument}`),
    document('a document and a NUL', 'decode', `${healthyDocument}\0`),
    document('a comma too many', 'decode', '{"Gauges":[],}'),
    document('a comment', 'decode', '{"Gauges":[]} // none'),
    document('a number that JSON does not have', 'decode', '{"Gauges":[{"Name":"a","Value":NaN}]}'),
    document('closing brackets alone', 'decode', ']'.repeat(1000)),
    document('a text that never ends', 'decode', `{"Gauges":"${'a\\'.repeat(1001)}`),
  ]);
});

describe('JSON of another shape', () => {
  testFailingScrapes(
    [
      'null',
      'true',
      '1',
      '"text"',
      '[]',
      '{"status":"ok"}',
      '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
      '{"gauges":[]}',
      '{"Gauges":{}}',
      '{"Gauges":"many"}',
      '{"Gauges":[],"Counters":7}',
      '{"Gauges":[1,null,"x",[]]}',
      '{"Counters":[{"Name":"a"}],"Gauges":[{"Value":1}]}',
      '{"__proto__":{"Gauges":[]}}',
    ].map((body) => document(body, 'schema', body)),
  );
});

describe('a document over a limit', () => {
  const twoSeries = gauges(gauge('a', { b: '1' }), gauge('a', { b: '2' }));
  const histogram = '{"Histograms":[{"Name":"h","Count":1,"Sum":1,"Buckets":{"1":1,"2":1}}]}';
  testFailingScrapes([
    document('brackets 513 deep', 'limit', `{"Gauges":null,"x":${nested(512)}}`),
    document('5 million opening brackets', 'limit', '['.repeat(5_000_000)),
    document('5 million brackets, closed again', 'limit', nested(5_000_000)),
    document('5 million opening brackets inside a document', 'limit', `{"Gauges":${'['.repeat(5_000_000)}`),
    document('a million objects in each other', 'limit', '{"a":'.repeat(1_000_000)),
    document('too many series', 'limit', twoSeries, { 'limits.series': '1' }),
    document('too many series of several families', 'limit', gauges(gauge('a'), gauge('b')), { 'limits.series': '1' }),
    document('a histogram of too many series', 'limit', histogram, { 'limits.series': '4' }),
    document('too many labels', 'limit', gauges(gauge('a', { b: '1', c: '2', d: '3' })), { 'limits.labels': '2' }),
    document('a label value too long', 'limit', gauges(gauge('a', { b: 'x'.repeat(65) })), {
      'limits.label-length': '64',
    }),
    document('a label name too long', 'limit', gauges(gauge('a', { ['b'.repeat(65)]: 'x' })), {
      'limits.label-length': '64',
    }),
    document('a metric name too long', 'limit', gauges(gauge('a'.repeat(65))), { 'limits.label-length': '64' }),
    document(
      'one row too long, behind many good ones',
      'limit',
      gauges(gauge('a'), gauge('b', { c: 'x'.repeat(65) })),
      {
        'limits.label-length': '64',
      },
    ),
  ]);

  test.each([
    ['brackets 512 deep', `{"Gauges":null,"x":${nested(511)}}`, {}],
    ['brackets in texts', `{"Gauges":null,"x":"${'['.repeat(5000)}"}`, {}],
    ['as many series as may be', twoSeries, { 'limits.series': '2' }],
    ['a histogram of as many series as may be', histogram, { 'limits.series': '5' }],
    ['as many labels as may be', gauges(gauge('a', { b: '1', c: '2' })), { 'limits.labels': '2' }],
    ['a label value as long as may be', gauges(gauge('a', { b: 'x'.repeat(64) })), { 'limits.label-length': '64' }],
    [
      'the same series many times, which count once',
      gauges(gauge('a'), gauge('a'), gauge('a')),
      { 'limits.series': '1' },
    ],
  ])('%s are target_up 1', async (_, body, flags) => {
    const upstream = await startHostileUpstream();
    upstream.behave({ answer: (socket) => socket.write(reply(body)) });
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url, ...flags }) });
    try {
      expect((await exporter.scrape()).samples).toContain('target_up 1');
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});

describe('health', () => {
  test.each([
    ['5 million opening brackets', '['.repeat(5_000_000), 'limit'],
    ['a million small arrays', `[${'[],'.repeat(1_000_000)}[]]`, 'schema'],
  ] as const)('is answered while a scrape meets %s', async (_, body, reason) => {
    const bytes = reply(body);
    const upstream = await startHostileUpstream();
    upstream.behave({ answer: (socket) => socket.write(bytes) });
    const exporter = await openDaemon({ config: toConfigFile({ upstream: upstream.url }) });
    try {
      let isUnderWay = true;
      const scraped = exporter.scrape().finally(() => {
        isUnderWay = false;
      });
      const waits: number[] = [];
      while (isUnderWay || waits.length === 0) {
        const start = performance.now();
        expect((await exporter.ask('/-/healthy')).status).toBe(200);
        waits.push(performance.now() - start);
      }
      expectFailure(await scraped, { reason, statusCode: 200 });
      expect(Math.max(...waits)).toBeLessThan(5000);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});

describe('what a document says', () => {
  test('is in no log line and in no reply when it is not what it should be', async () => {
    const canary = 'canary-7f3a';
    const bodies = [
      `<html>${canary}</html>`,
      `{"${canary}":1}`,
      `"${canary}"`,
      `{"Gauges":"${canary}"}`,
      `{"Gauges":[{"Name":1,"${canary}":"${canary}"}]}`,
      `{"Gauges":[{"Name":"${canary}"`,
    ];
    const upstream = await startHostileUpstream();
    const exporter = await openDaemon({
      config: toConfigFile({ upstream: upstream.url, 'log.level': 'debug' }),
    });
    try {
      for (const body of bodies) {
        upstream.behave({ answer: (socket) => socket.write(reply(body)) });
        const { samples, text } = await exporter.scrape({ authorization: `Bearer ${canary}` });
        expect(samples, body).toContain('target_up 0');
        expect(text, body).not.toContain(canary);
      }
      expect(exporter.logged.length).toBeGreaterThan(0);
      expect(exporter.logged.join('\n')).not.toContain(canary);
    } finally {
      await exporter.close();
      await upstream.close();
    }
  });
});
