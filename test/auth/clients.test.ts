import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { bearer } from '../support/ask.js';
import { startDaemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { startJsonUpstream } from '../support/fake-upstream.js';

/** Where clients of IPv4 have addresses of IPv6, as on a listener of both. */
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const bothFamilies = hasIpv6 ? '[::ffff:127.0.0.1]:0' : '127.0.0.1:0';

async function start(web: Readonly<Record<string, unknown>>, listen = '127.0.0.1:0') {
  const upstream = await startJsonUpstream({ Gauges: [] });
  const flags = { upstream: upstream.url, 'web.listen-address': listen, 'log.requests': 'true' };
  const zxp = await startDaemon({ web: JSON.stringify(web), files: { tokens: 'right\n' }, flags });
  const from = (address: string) => zxp.ask('/metrics', { headers: { 'x-forwarded-for': address } });
  return { zxp, upstream, from };
}

describe('allowed_clients', () => {
  test('allows its addresses and no others, but for health', async () => {
    const { zxp } = await start({ allowed_clients: ['127.0.0.0/8'] });
    expect((await zxp.ask('/metrics')).status).toBe(200);
    const other = await start({ allowed_clients: ['192.0.2.0/24', '::1'] });
    expect(await other.zxp.ask('/metrics')).toMatchObject({
      status: 403,
      text: expect.stringContaining('client address not allowed'),
    });
    expect((await other.zxp.ask('/-/ready')).status).toBe(200);
    expect(other.upstream.requests).toEqual([]);
  });

  test('knows a client of IPv4 on a listener of both', async () => {
    const { zxp } = await start({ allowed_clients: ['127.0.0.1'] }, bothFamilies);
    expect((await zxp.ask('/metrics')).status).toBe(200);
  });

  test('logs a client of IPv4 on a listener of both as one of IPv4', async () => {
    const { zxp } = await start({ allowed_clients: ['192.0.2.1'] }, bothFamilies);
    expect((await zxp.ask('/metrics')).status).toBe(403);
    const find = (message: string) => zxp.logged.find((line) => line.includes(message));
    await eventually('the request is logged', () => find('request served') !== undefined);
    expect(find('request served')).toContain('"client":"127.0.0.1"');
    expect(find('request rejected')).toContain('"client":"127.0.0.1"');
  });

  test('is not fooled by X-Forwarded-For, unless a trusted proxy says it', async () => {
    const { from } = await start({ allowed_clients: ['192.0.2.1'] });
    expect((await from('192.0.2.1')).status).toBe(403);
    const behind = await start({ allowed_clients: ['192.0.2.1'], trusted_proxies: ['127.0.0.1'] });
    expect((await behind.from('192.0.2.1')).status).toBe(200);
    expect((await behind.from('6.6.6.6, 192.0.2.1')).status).toBe(200);
    expect((await behind.from('192.0.2.1, 6.6.6.6')).status).toBe(403);
    expect((await behind.from('unknown')).status).toBe(403);
    expect((await behind.zxp.ask('/metrics')).status).toBe(403);
  });
});

describe('rate_limit', () => {
  const limit = { interval: '1h', burst: 3 };

  test('lets a burst through, says then when to come again, and holds up no health', async () => {
    const { zxp, upstream } = await start({ rate_limit: limit });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await zxp.ask('/metrics')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await zxp.ask('/metrics')).headers['retry-after']).toBe('3600');
    expect((await zxp.ask('/healthz')).status).toBe(200);
    expect(upstream.requests).toHaveLength(3);
  });

  test('counts each client by itself', async () => {
    const { from } = await start({ rate_limit: limit, trusted_proxies: ['127.0.0.1'] });
    for (let i = 0; i < 3; i++) await from('192.0.2.1');
    expect([(await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual([429, 200]);
  });

  test('comes before passwords and tokens, right or wrong', async () => {
    const { zxp } = await start({ rate_limit: limit, bearer_tokens_file: 'tokens' });
    const ask = async (token: string) => (await zxp.ask('/metrics', { headers: bearer(token) })).status;
    expect([await ask('a'), await ask('b'), await ask('right')]).toEqual([401, 401, 200]);
    expect([await ask('a'), await ask('right')]).toEqual([429, 429]);
  });
});
