import { describe, expect, test } from 'vitest';
import { compileMetrics } from './scrape-document.js';

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
