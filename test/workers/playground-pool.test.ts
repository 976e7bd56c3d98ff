import { describe, expect, test } from 'vitest';
import type { PlaygroundInput } from '../../src/model/playground.js';
import { createPlaygroundPool } from '../../src/workers/playground-pool.js';
import { findWorker } from '../../src/workers/worker-url.js';
import { forThisTest } from '../support/for-this-test.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';

const stock = "metrics:\n  - { name: stock_items, type: object, path: '{.items[*]}', labels: { sku: '{.sku}' }, value: '{.count}' }\n";
const document = '{"items": [{"sku": "LAMP", "count": 18}, {"sku": "RUG", "count": "none"}]}';

function open(timeoutMs = 20_000) {
  const pool = forThisTest(createPlaygroundPool({ script: findWorker('playground'), maxThreads: 1, timeoutMs }));
  const never = new AbortController().signal;
  const complete = (input: Partial<PlaygroundInput>): PlaygroundInput => ({
    document,
    mapping: stock,
    module: '',
    format: 'text',
    ...input,
  });
  return {
    evaluate: (input: Partial<PlaygroundInput> = {}, signal: AbortSignal = never) =>
      pool.run({ kind: 'evaluate', input: complete(input), limits: usualLimits, nowMs: 0 }, signal),
    share: (input: Partial<PlaygroundInput>) => pool.run({ kind: 'share', input: complete(input) }, never),
  };
}

describe('an evaluation', () => {
  test('is a scrape of the document: exposition, matches of each path, and each drop', async () => {
    const { problems, scrape } = await open().evaluate();
    expect(problems).toEqual([]);
    expect(scrape?.exposition).toContain('stock_items{sku="LAMP"} 18\n');
    expect(scrape?.exposition).toContain('target_up 1\n');
    expect(scrape).toMatchObject({ up: true, samples: 1, dropped: 1, isCut: false });
    expect(scrape?.metrics).toMatchObject([{ name: 'stock_items', line: 2, elements: 2, samples: 1 }]);
    expect(scrape?.drops).toMatchObject([{ cause: 'value' }]);
  });

  test('a', async () => {
    const { evaluate, share } = open();
    for (const mapping of [
      `one:\n  ${stock.replace('\n', '\n  ')}`,
      `modules:\n  default:\n    ${stock.replaceAll('\n', '\n    ')}`,
      `include: [x.yml]\nlimits: {series: 3}\nmodules:\n  default:\n    http_client_config: { basic_auth: { username: \${USER}, password_file: x } }\n    allow: ["http://x"]\n    ${stock.replaceAll('\n', '\n    ')}`,
      'metrics:\n - {nme: x}\n',
      'metrics: [',
      '',
      'a: &a [*a,*a]',
    ]) {
      const e = await evaluate({ mapping });
      console.log(JSON.stringify({ ...e, scrape: e.scrape?.samples }));
      console.log(await share({ mapping }));
    }
    console.log(await evaluate({ document: '{"a": ' }));
  });
});
