import { describe, expect, test } from 'vitest';
import type { MetricFamily } from '../../../src/model/metrics.js';
import { translateAtOnce } from '../translate-at-once.js';
import { compileMetrics, translateBy, usualLimits } from './scrape-document.js';

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

describe('an exemplar', () => {
  const exemplar = "exemplar: { labels: { trace_id: '{.t}', span.id: '{.s}' }, value: '{.v}', timestamp: '{.at}' }";
  const metrics = `- { name: n_total, valuetype: counter, path: '{.n}', ${exemplar} }`;

  test('has the labels that are there, a value, and a time if there is one', async () => {
    expect(await translate(metrics, { n: 1, t: 'abc', s: '1', v: 0.5, at: 7 })).toMatchObject({
      exemplars: [{ labelNames: ['trace_id', 'span.id'], labelValues: ['abc', '1'], value: 0.5, timestampMs: 7000 }],
    });
    expect(await translate(metrics, { n: 1, t: 'abc', v: 0.5 })).toMatchObject({
      exemplars: [{ labelNames: ['trace_id'], labelValues: ['abc'], value: 0.5 }],
    });
  });

  test('without its value is none', async () => {
    expect(await translate(metrics, { n: 1, t: 'abc' })).not.toHaveProperty('exemplars');
  });

  test('with a label that is too long fails the scrape', async () => {
    await expect(translate(metrics, { n: 1, v: 1, t: 'x'.repeat(5000) })).rejects.toMatchObject({ code: 'limit' });
  });

  test('with names that cannot be, or become one, is refused', async () => {
    const find = async (labels: string) => {
      const own = `exemplar: { labels: { ${labels} }, value: '{.v}' }`;
      const { problems } = await compileMetrics(`- { name: n_total, valuetype: counter, path: '{.n}', ${own} }`);
      return problems.map(({ message }) => message);
    };
    expect(await find('__name__: a')).toEqual(['"__name__" cannot be the name of a label']);
    expect(await find('a.b: a, a_b: b')).toEqual(['"a_b" is the label a_b again']);
  });
});

describe('names that OpenMetrics does not take as they are', () => {
  async function warn(metrics: string): Promise<readonly string[]> {
    const { problems, warnings } = await compileMetrics(metrics);
    expect(problems).toEqual([]);
    return warnings.map(({ message }) => message);
  }

  test.each<readonly [string, readonly string[]]>([
    ["- { name: a_total, valuetype: counter, path: '1' }", []],
    ["- { name: a, valuetype: counter, path: '1' }", ['a is of an unknown type in OpenMetrics 1.0']],
    ["- { name: a_seconds_total, valuetype: counter, path: '1', metric_unit: seconds }", []],
    ["- { name: a_seconds, path: '1', metric_unit: seconds }", []],
    ["- { name: a, path: '1', metric_unit: seconds }", ['OpenMetrics 1.0 leaves out the unit of a']],
    ["- { name: a_created, path: '1' }", ['a_created has a name that OpenMetrics reserves']],
    [
      "- { name: a.b, path: '1' }\n- { name: a-b, path: '1' }",
      ['a-b and a.b are one name, a_b, to scrapers that do not accept UTF-8'],
    ],
  ])('%s: %j', async (metrics, warnings) => {
    expect(await warn(metrics)).toEqual(warnings);
  });

  test('a state set whose name no label can have is refused', async () => {
    const { problems } = await compileMetrics("- { name: 'a:b', path: '{.s}', states: [x], stateset: true }");
    expect(problems.map(({ message }) => message)).toEqual(['"a:b" cannot be the name of a label']);
  });

  test('two units of one name are refused', async () => {
    const { problems } = await compileMetrics(
      "- { name: a_s, path: '1', metric_unit: s }\n- { name: a_s, path: '2', help: a_s }",
    );
    expect(problems.map(({ message }) => message)).toEqual(['a_s has two units']);
  });
});
