import { describe, expect, test } from 'vitest';
import { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
import { DropTally } from '../../src/model/drops.js';
import type { ExpositionFormat, MetricFamily } from '../../src/model/metrics.js';

const utf8 = { name: 'my.metric', labels: new Map([['k8s_name', 'k8s.name']]) };
const labels = { labelNames: [['k8s_name', 'plain']], labelValues: [['x', 'y']] };

const families: readonly MetricFamily[] = [
  { type: 'gauge', name: 'my_metric', help: 'h', ...labels, values: [1], utf8 },
  {
    type: 'gauge',
    name: 'bare',
    help: 'h',
    labelNames: [[]],
    labelValues: [[]],
    values: [2],
    utf8: { ...utf8, name: 'bäre' },
  },
  { type: 'gauge', name: 'plain', help: 'h', ...labels, values: [3], utf8: { ...utf8, name: 'plain' } },
  {
    type: 'histogram',
    name: 'wait_s',
    help: 'h',
    ...labels,
    bounds: [['1', '+Inf']],
    bucketCounts: [[1, 2]],
    counts: [2],
    sums: [3],
    utf8: { ...utf8, name: 'wait.s' },
  },
];

async function write(format: ExpositionFormat): Promise<string> {
  const outcome = { up: true, statusCode: 200, durationSeconds: 0, samples: 0, drops: new DropTally() };
  const registry = new ScrapeRegistry({ collect: async () => ({ families, outcome }) });
  await registry.gather({});
  const chunks: Buffer[] = [];
  for await (const chunk of registry.write(format)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('names in UTF-8', () => {
  test('stand in quotes inside the braces for a scraper that takes them', async () => {
    const lines = (await write('text-utf8')).split('\n');
    expect(lines).toContain('# TYPE "my.metric" gauge');
    expect(lines).toContain('{"my.metric","k8s.name"="x",plain="y"} 1');
    expect(lines).toContain('{"bäre"} 2');
    expect(lines).toContain('plain{"k8s.name"="x",plain="y"} 3');
    expect(lines).toContain('{"wait.s_bucket","k8s.name"="x",plain="y",le="1"} 1');
    expect(lines).toContain('{"wait.s_count","k8s.name"="x",plain="y"} 2');
  });

  test('are the same in OpenMetrics', async () => {
    const lines = (await write('openmetrics-utf8')).split('\n');
    expect(lines).toContain('{"my.metric","k8s.name"="x",plain="y"} 1');
    expect(lines).toContain('{"wait.s_bucket","k8s.name"="x",plain="y",le="1.0"} 1');
  });

  test('are escaped for every other scraper', async () => {
    const text = await write('text');
    expect(text).toContain('\nmy_metric{k8s_name="x",plain="y"} 1\n');
    expect(text).not.toContain('my.metric');
    expect(text).not.toContain('k8s.name');
  });
});
