import { describe, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.js';
import { forThisTest } from '../support/for-this-test.js';
import { startHostileUpstream } from '../support/hostile-upstream.js';

const METRICS = "metrics: [{ name: n, path: '{.n}' }]";

/** Almost as much as a header may be. */
const LENGTH = 60_000;

const fill = (text: string) => text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH);
const texts = [
  '.',
  ' ',
  '?',
  '&',
  '=',
  ',',
  '%',
  ':',
  '/',
  '"',
  '\\',
  '-',
  'a',
  'a=',
  '?a=',
  '\t;',
  '@',
  'a,',
  'x ,',
  '\\"',
  '1',
].map(fill);

/** Asks for all of these at once, and how long health took meanwhile. */
async function askWithHealth(zxp: Daemon, asks: readonly (() => Promise<unknown>)[]) {
  let longestMs = 0;
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      const startMs = performance.now();
      await zxp.ask('/-/healthy');
      longestMs = Math.max(longestMs, performance.now() - startMs);
    }
  };
  const watching = watch();
  for (const ask of asks) await ask();
  isOver = true;
  await watching;
  return longestMs;
}

describe('60 KB of text that makes parsers backtrack', () => {
  const headers = [
    'Set-Cookie',
    'Location',
    'WWW-Authenticate',
    'Retry-After',
    'Content-Encoding',
    'Content-Type',
    'Date',
    'Server',
    'Link',
    'X-Other',
  ];

  test.each(headers)('in the response header %s leaves health under a second', async (name) => {
    const upstream = forThisTest(await startHostileUpstream());
    const zxp = await startDaemon({
      config: `
modules:
  plain: { allow: ['${upstream.url}'], http_client_config: { follow_redirects: true }, ${METRICS} }
  login: { allow: ['${upstream.url}'], login: { url: /login, token: { cookie: sid } }, ${METRICS} }
  registry: { allow: ['${upstream.url}'], registry_token: {}, ${METRICS} }
  digest: { allow: ['${upstream.url}'], digest_auth: { username: u, password: p }, ${METRICS} }
targets: []`,
    });
    const asks = texts.flatMap((text) =>
      [
        ['plain', 302],
        ['login', 200],
        ['registry', 401],
        ['digest', 401],
      ].map(([module, status]) => async () => {
        upstream.behave({
          answer: (socket) =>
            socket.write(`HTTP/1.1 ${status} X\r\n${name}: x${text}y\r\nContent-Length: 7\r\n\r\n{"n":1}`, 'latin1'),
        });
        const reply = await zxp.probe({ target: upstream.url, module: String(module), debug: 'true' });
        expect(reply.status).toBe(200);
      }),
    );
    expect(await askWithHealth(zxp, asks)).toBeLessThan(1000);
  });

  test('in the parameters of /probe leaves health under a second', async () => {
    const zxp = await startDaemon({
      config: `modules: { m: { allow: ['http://a.example'], ${METRICS} } }
auths: { a: { allow: ['http://a.example'], basic_auth: { username: u } } }\ntargets: []`,
    });
    // The head of a request is 16 KiB at most: what does not fit is refused by Node.
    const shorter = [...texts.map((text) => text.slice(0, 15_000)), '.'.repeat(15_000)];
    const asks = shorter.flatMap((text) =>
      [`http://${text}a/`, `http://a/${text}`, `unix:///${text}`, `file:///${text}`, text].flatMap((target) => [
        () => zxp.probe({ target, module: 'm' }),
        () => zxp.probe({ target: 'http://a.example', module: target }),
        () => zxp.probe({ target: 'http://a.example', module: 'm', auth: target }),
      ]),
    );
    expect(await askWithHealth(zxp, asks)).toBeLessThan(1000);
  });

  test("in the caller's headers leaves health under a second", async () => {
    const upstream = forThisTest(await startHostileUpstream());
    const zxp = await startDaemon({
      config: `modules: { m: { allow: ['${upstream.url}'], registry_token: {}, ${METRICS} } }\ntargets: []`,
    });
    const names = [
      'authorization',
      'accept',
      'accept-encoding',
      'x-forwarded-for',
      'x-prometheus-scrape-timeout-seconds',
    ];
    const asks = texts.flatMap((text) =>
      names.map(
        (name) => () =>
          zxp.ask(`/probe?module=m&target=${upstream.url}`, { headers: { [name]: `x${text.slice(0, 15_000)}y` } }),
      ),
    );
    expect(await askWithHealth(zxp, asks)).toBeLessThan(1000);
  });
});
