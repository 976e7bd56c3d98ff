import { describe, expect, test } from 'vitest';
import { startDemoRegistry } from '../../../src/app/demo-registry.js';
import { startDaemon } from '../../support/daemon.js';
import { forThisTest } from '../../support/for-this-test.js';
import { checkMetrics } from '../../support/prometheus-tools.js';

describe('promtool check metrics', () => {
  async function startDemoExporter() {
    const registry = forThisTest(await startDemoRegistry(() => performance.now()));
    const zxp = await startDaemon({ flags: { upstream: registry.url } });
    const scrape = async (pair: string) => {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      return (await fetch(`${zxp.url}/metrics`, { headers: { authorization } })).text();
    };
    return { zxp, scrape };
  }

  test('complains of what is wrong, so that its silence means something', async () => {
    const complaints = await checkMetrics('# TYPE thing counter\nthing 1\n');
    expect(complaints).toContain('thing no help text');
    expect(complaints).toContain('thing counter metrics should have "_total" suffix');
  });

  test.each(['alice:wonderland', 'bob:builder'])('prints nothing for what the demo exposes to %s', async (pair) => {
    const { scrape } = await startDemoExporter();
    const exposition = await scrape(pair);
    expect(exposition).toContain('\ntarget_up 1\n');
    expect(await checkMetrics(exposition)).toEqual([]);
  });

  test('prints nothing for a failed scrape', async () => {
    const { scrape } = await startDemoExporter();
    const exposition = await scrape('alice:guess');
    expect(exposition).toContain('target_scrape_error{reason="unauthorized"} 1\n');
    expect(await checkMetrics(exposition)).toEqual([]);
  });

  test("has no complaint about zxp's own metrics", async () => {
    const { zxp, scrape } = await startDemoExporter();
    await scrape('alice:wonderland');
    await scrape('alice:guess');
    const complaints = await checkMetrics(await zxp.ownMetrics());
    expect(complaints.filter((line) => /^zxp_|error/.test(line))).toEqual([]);
  });
});
