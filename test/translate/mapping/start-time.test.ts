import { describe, expect, test } from 'vitest';
import type { MetricFamily } from '../../../src/model/metrics.js';
import { translateAtOnce } from '../translate-at-once.js';
import { translateBy, usualLimits } from './scrape-document.js';

const receivedMs = 1_700_000_000_900;
const response = { statusCode: 200, headers: [], params: {}, timeLeftMs: 1000, receivedMs };

async function translate(metrics: string, document: unknown): Promise<MetricFamily | undefined> {
  const translator = await translateBy(metrics);
  return translateAtOnce(translator, Buffer.from(JSON.stringify(document)), usualLimits, response).families[0];
}

describe('when a metric began to count', () => {
  const counter = (more: string) => `- { name: n_total, valuetype: counter, path: '{.n}', ${more} }`;

  test.each<readonly [string, object, number | undefined]>([
    ["created: '{.t}'", { t: 1_600_000_000.25 }, 1_600_000_000_250],
    ["created: { path: '{.t}', date: unix_ns }", { t: '1600000000250000000' }, 1_600_000_000_250],
    ["created: { path: '{.t}', date: rfc3339 }", { t: '2020-09-13T12:26:40Z' }, 1_600_000_000_000],
    ["created: '{.t}'", {}, undefined],
    ["created: '{.t}'", { t: -1 }, undefined],
    ["created: '{.t}'", { t: 1e300 }, undefined],
    ["uptime: '{.t}'", { t: 100 }, 1_699_999_900_000],
    ["uptime: { path: '{.t}', unit: duration }", { t: '1m40s' }, 1_699_999_900_000],
    ["uptime: '{.t}'", { t: 0.95 }, 1_699_999_999_000],
    ["uptime: '{.t}'", { t: 'up' }, undefined],
  ])('%s of %j is %s', async (more, document, startMs) => {
    const family = await translate(counter(more), { n: 1, ...document });
    expect(family?.startsMs).toEqual(startMs === undefined ? undefined : [startMs]);
  });

  test('is not known where nobody knows when the response came', async () => {
    const translator = await translateBy(counter("uptime: '{.t}'"));
    expect(translator.usesResponse).toBe(true);
    const [family] = translateAtOnce(translator, Buffer.from('{"n": 1, "t": 5}'), usualLimits).families;
    expect(family).toMatchObject({ values: [1] });
    expect(family?.startsMs).toBeUndefined();
  });

  test('is that of each row, of summaries and histograms too', async () => {
    const metrics = "- { name: s, type: summary, path: '{.l[*]}', quantiles: '{.q}', created: '{.t}' }";
    const family = await translate(metrics, { l: [{ q: { 1: 2 } }, { q: { 1: 3 }, t: 5 }] });
    expect(family?.startsMs).toEqual([undefined, 5000]);
  });
});
