import { describe, expect, test } from 'vitest';
import { translateAtOnce } from '../translate-at-once.js';
import { compileMetrics, scrapeDocument, translateBy, usualLimits } from './scrape-document.js';

async function find(metrics: string, more: Parameters<typeof compileMetrics>[1] = {}): Promise<readonly string[]> {
  return (await compileMetrics(metrics, more)).problems.map(({ message }) => message);
}

describe('one name twice', () => {
  const a = "path: '{.a}', labels: { x: '{.x}' }";

  test('is one family, where type and help are the same', async () => {
    const translator = await translateBy(`- { name: m, ${a} }\n- { name: m, path: '{.b}', labels: { x: other } }`);
    const { lines } = await scrapeDocument(translator, '{"a": 1, "b": 2, "x": "y"}');
    expect(lines).toEqual(['# HELP m m', '# TYPE m untyped', 'm{x="y"} 1', 'm{x="other"} 2']);
  });

  test('may have other labels in zxp, of which json_exporter dies', async () => {
    const metrics = `- { name: m, ${a} }\n- { name: m, path: '{.b}', labels: { y: '{.x}' } }`;
    expect(await find(metrics)).toEqual([]);
    expect(await find(metrics, { isJsonExporter: true })).toEqual(['m is there already with other label names']);
    const inOrder = `- { name: m, path: '1', labels: { x: a, y: b } }\n- { name: m, path: '1', labels: { y: a, x: b } }`;
    expect(await find(inOrder, { isJsonExporter: true })).toEqual([]);
  });

  test('with two types or helps is refused', async () => {
    expect(await find(`- { name: m, ${a} }\n- { name: m, ${a}, valuetype: gauge }`)).toEqual([
      'm cannot be both untyped and gauge',
    ]);
    expect(await find(`- { name: m, ${a} }\n- { name: m, ${a}, help: other }`)).toEqual(['m has two helps']);
  });

  test('of a histogram and of its samples is refused, in either order', async () => {
    const histogram = "- { name: m, type: histogram, path: '{}', buckets: '{.b}' }";
    for (const part of ['m_bucket', 'm_sum', 'm_count']) {
      const message = `${part} is a name that the samples of m have`;
      expect(await find(`${histogram}\n- { name: ${part}, ${a} }`)).toEqual([message]);
      expect(await find(`- { name: ${part}, ${a} }\n${histogram}`)).toEqual([message]);
    }
    expect(await find(`${histogram}\n- { name: m_total, ${a} }`)).toEqual([]);
    expect(await find(`${histogram}\n- { name: m, ${a} }`)).toEqual(['m cannot be both histogram and untyped']);
  });
});

describe('names of labels', () => {
  test.each([
    ['empty', "labels: { '': a }", '"" cannot be the name of a label'],
    ['reserved', 'labels: { __name__: a }', '"__name__" cannot be the name of a label'],
    [
      'the same once they are escaped',
      'labels: { a.b: a, a-b: b }',
      'the label a_b, which a-b becomes, is there already',
    ],
    [
      'one of a state set',
      "labels: { state: a }, type: object, value: { path: '{.v}', states: [a] }",
      'the label state is there already',
    ],
  ])('that are %s are refused', async (_what, more, message) => {
    const path = more.includes('type:') ? '' : ", path: '1'";
    expect(await find(`- { name: m${path}${path === '' ? ", path: '{}'" : ''}, ${more} }`)).toEqual([message]);
  });

  test('that the module has too are refused', async () => {
    const module = 'labels: { site: a }';
    expect(await find("- { name: m, path: '1', labels: { site: b } }", { module })).toEqual([
      'the label site is there already',
    ]);
    expect(await find("- { name: m, path: '{.v}', states: [a], state_label: site }", { module })).toEqual([
      'the label site is there already',
    ]);
    expect(await find("- { name: m, path: '1' }", { module: 'labels: { __a: b }' })).toEqual([
      '"__a" cannot be the name of a label',
    ]);
  });
});

describe('names that Prometheus escapes', () => {
  test('stay what they are until a scraper takes no UTF-8', async () => {
    const translator = await translateBy("- { name: 9.grad-ö, path: '1', labels: { a.b: x, ok: y } }");
    const { families } = translateAtOnce(translator, Buffer.from('{}'), usualLimits);
    expect(families).toMatchObject([{ name: '9.grad-ö', labelNames: [['a.b', 'ok']] }]);
  });

  test('are two names, though they become one for some scrapers', async () => {
    expect(await find(`- { name: m.a, path: '1' }\n- { name: m_a, path: '1', valuetype: gauge }`)).toEqual([]);
  });

  test('none is refused', async () => {
    expect(await find("- { name: '', path: '1' }")).toEqual(['must not be empty']);
    expect(await find("- { path: '1' }")).toEqual(['needs a name']);
  });
});
