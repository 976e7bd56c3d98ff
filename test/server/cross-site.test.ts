import { describe, expect, test } from 'vitest';
import { ask, basic } from '../support/ask.js';
import { type Flags, startDaemon } from '../support/daemon.js';

const flags = { upstream: 'http://127.0.0.1:9', 'web.enable-lifecycle': 'true' };

/** Asks for a reload as a client with these headers does; `HOST` is where zxp listens. */
async function reload(headers: Readonly<Record<string, string>>, more: Flags = {}) {
  const { url } = await startDaemon({ flags: { ...flags, ...more } });
  const { host } = new URL(url);
  const sent = Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)]);
  return ask(`${url}/-/reload`, { method: 'POST', headers: Object.fromEntries(sent) });
}

describe('a request that acts', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, Flags]>([
    ['a program', {}, {}],
    ["zxp's own page", { origin: 'http://HOST', 'sec-fetch-site': 'same-origin' }, {}],
    ["zxp's own page in an old browser", { origin: 'http://HOST' }, {}],
    ['a person who types the address', { 'sec-fetch-site': 'none' }, {}],
    [
      "zxp's own page behind a reverse proxy, which passes on another host",
      { origin: 'https://zxp.example', 'sec-fetch-site': 'same-origin', host: 'backend:8081' },
      { 'web.external-url': 'https://zxp.example' },
    ],
    [
      "zxp's own page by its name",
      { origin: 'http://zxp.example:8081', host: 'zxp.example:8081' },
      { 'web.external-url': 'http://zxp.example:8081/' },
    ],
  ])('of %s is served', async (_who, headers, more) => {
    expect((await reload(headers, more)).status).toBe(200);
  });

  test.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another site in an old browser', { origin: 'https://evil.example' }],
    ['another port of the same host', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed page', { origin: 'null' }],
    ['an origin that is not a URL', { origin: 'evil' }],
    ['another site without an origin', { 'sec-fetch-site': 'cross-site' }],
  ])('of %s is rejected', async (_who, headers) => {
    const reply = await reload(headers);
    expect(reply.status).toBe(403);
    expect(reply.text).toBe(
      'error: cross-site request rejected\nhint: use the pages that zxp itself serves, or a command line\n',
    );
  });

  test('of a name that only leads here (DNS rebinding) is rejected', async () => {
    const headers = { host: 'evil.example:8081', origin: 'http://evil.example:8081', 'sec-fetch-site': 'same-origin' };
    const reply = await reload(headers);
    expect(reply.status).toBe(403);
    expect(reply.text).toBe(
      'error: unknown host name\nhint: set --web.external-url to the URL that the browser uses\n',
    );
  });

  test('by any name is served with credentials of zxp, which a browser does not send elsewhere', async () => {
    const zxp = await startDaemon({
      web: "basic_auth_users: { alice: '$2b$04$XB.7ayeE6vOx3dQS6slAIesf3ri2lNdtvoizVBMioPQ/8EBi5G84C' }\n",
      flags,
    });
    const headers = { host: 'zxp.example', origin: 'http://zxp.example' };
    const withoutCredentials = await zxp.ask('/-/reload', { method: 'POST', headers });
    expect(withoutCredentials.status).toBe(401);
    const reply = await zxp.ask('/-/reload', { method: 'POST', headers: { ...headers, ...basic('alice', 'secret') } });
    expect(reply.status).toBe(200);
  });
});

test('a request that only reads is not checked: the same-origin policy of browsers covers it', async () => {
  const { url } = await startDaemon({ flags: flags });
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  expect((await ask(`${url}/-/config`, { headers })).status).toBe(200);
});
