import { describe, expect, test } from 'vitest';
import { startDaemon } from '../support/daemon.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { samplesOf } from '../support/samples.js';

const items = Array.from({ length: 200 }, (_, i) => ({ id: i, active: i % 5, total: 5 }));

async function start(keys = '') {
  const upstream = forThisTest(
    await startStubUpstream((request, response) => {
      const isLarge = request.url?.includes('large') ?? false;
      response.writeHead(203, { 'X-RateLimit-Remaining': '41' });
      response.end(JSON.stringify({ items }) + (isLarge ? ' '.repeat(2_000_000) : ''));
    }),
  );
  const zxp = await startDaemon({
    config: `\
targets: []
modules:
  m:
    allow: ['${upstream.url}']
    metrics:
      - { name: left, header: X-RateLimit-Remaining }
      - { name: code, status: true }
      - name: full
        cel: 'self.items.filter(i, i.active >= double(params.min[0])).size()'
        labels: { min: { cel: 'params.min[0]' } }
${keys}`,
  });
  return { zxp, upstream };
}

describe('over real sockets', () => {
  test.each(['/', '/large'])('values see parameters, headers and status of a reply from %s', async (path) => {
    const { zxp, upstream } = await start();
    const reply = await zxp.probe({ module: 'm', target: upstream.url + path, min: '4' });
    expect(samplesOf(reply)).toEqual(['left 41', 'code 203', 'full{min="4"} 40']);
    expect(reply.text).toContain('target_up 1\n');
  });

  test('an expression without its parameter is a sample that is dropped', async () => {
    const { zxp, upstream } = await start();
    const reply = await zxp.probe({ module: 'm', target: upstream.url });
    expect(samplesOf(reply)).toEqual(['left 41', 'code 203']);
    expect(reply.text).toContain('target_scrape_samples_dropped{cause="missing"} 1\n');
    const debug = await zxp.probe({ module: 'm', target: upstream.url, debug: 'true' });
    expect(debug.text).toContain('full: the expression failed: there is no min');
    expect(debug.text).toContain('path cel: self.items.filter');
  });

  test('an expression that goes over all pairs of triples fails the scrape, and health answers soon', async () => {
    const { zxp, upstream } = await start(
      "      - { name: slow, cel: 'self.items.all(a, self.items.all(b, self.items.all(c, a.id + b.id + c.id >= 0.0)))' }",
    );
    const scrape = zxp.probe({ module: 'm', target: upstream.url, min: '1' });
    const asked = performance.now();
    expect((await zxp.ask('/-/healthy')).status).toBe(200);
    const healthMs = performance.now() - asked;
    const reply = await scrape;
    expect(reply.text).toContain('target_scrape_error{reason="limit"} 1\n');
    expect(samplesOf(reply)).toEqual([]);
    expect(healthMs).toBeLessThan(2000);
  });
});
