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
