import { describe, expect, test } from 'vitest';
import { createRuntime } from '../../src/app/runtime.js';
import { createScraper } from '../../src/app/scrape-plans.js';
import { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
import type { UpstreamClient } from '../../src/model/ports.js';
import { forThisTest } from '../support/for-this-test.js';
import { configure } from '../support/read-config.js';

/** An upstream that says with which Authorization it was asked. */
const echo: UpstreamClient = async ({ headers }) => {
  const authorization = headers.find(([name]) => name === 'authorization')?.[1] ?? 'nothing';
  const gauge = { Name: 'asked', Value: 1, LabelNames: ['with'], LabelValues: [authorization] };
  return { statusCode: 200, body: Buffer.from(JSON.stringify({ Gauges: [gauge] })) };
};

/** The collector of a runtime, which asks this client. */
async function createCollector(client: UpstreamClient) {
  const options = { version: '0.0.0-test', environment: {}, isSourceGiven: true };
  const runtime = forThisTest(await createRuntime({ ...options, configuration: configure({}) }));
  return runtime.planSource({ url: new URL('http://registry/metrics'), client }).collector;
}

const scrapeOnce = createScraper();

describe('one scrape', () => {
  test('makes a registry for each scrape, of the same caller too', async () => {
    const collector = await createCollector(echo);
    const headers = [['authorization', 'Basic QQ==']] as const;
    const first = await scrapeOnce(collector, { headers });
    const second = await scrapeOnce(collector, { headers });
    expect(first.registry).toBeInstanceOf(ScrapeRegistry);
    expect(second.registry).toBeInstanceOf(ScrapeRegistry);
    expect(second.registry).not.toBe(first.registry);
    expect(first.registry.families.length).toBeGreaterThan(0);
    for (const family of first.registry.families) expect(second.registry.families).not.toContain(family);
  });

  test('gives each caller what the upstream said to them, at the same time too', async () => {
    const collector = await createCollector(echo);
    const callers = ['a', 'b', 'c', 'd'];
    const scrapes = callers.map((caller) => scrapeOnce(collector, { headers: [['authorization', caller]] }));
    const bodies = await Promise.all(scrapes.map(async (scrape) => (await scrape).registry.metrics()));
    for (const [i, body] of bodies.entries()) {
      expect(body.match(/with="[^"]*"/g)).toEqual([`with="${callers[i]}"`]);
    }
  });

  test('leaves the collector that it was given without the headers of the caller', async () => {
    const collector = await createCollector(echo);
    await scrapeOnce(collector, { headers: [['authorization', 'Basic QQ==']] });
    const { registry } = await scrapeOnce(collector, { headers: [] });
    expect(await registry.metrics()).toContain('asked{with="nothing"} 1\n');
  });

  test('rejects with cancelled when the caller has left already', async () => {
    const collector = await createCollector(({ signal }) => Promise.reject(signal.reason));
    const signal = AbortSignal.abort();
    await expect(scrapeOnce(collector, { headers: [], signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
