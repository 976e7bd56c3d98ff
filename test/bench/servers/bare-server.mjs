/**
 * zxp's own collector and writer between undici and node:http as they come: no express, no checks of the caller or of
 * the upstream's reply, no log, no own metrics.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { importProduct } from '../dist.mjs';
import { createBenchCollector, findTranslator } from '../our-collector.mjs';

const { FamilyHeads, ScrapeRegistry } = await importProduct();
const heads = new FamilyHeads();

const [upstreamUrl] = process.argv.slice(2);
const pool = new Pool(upstreamUrl, { connections: 64 });
const collector = await createBenchCollector({
  url: new URL(`${upstreamUrl}/metrics`),
  client: ask,
  translator: await findTranslator(),
});

async function ask({ url, headers, signal }) {
  const { statusCode, body } = await pool.request({
    method: 'GET',
    path: url.pathname,
    headers: headers.flat(),
    signal,
  });
  return { statusCode, body: new Uint8Array(await body.arrayBuffer()) };
}

const server = createServer(async (request, response) => {
  const caller = [['authorization', request.headers.authorization ?? '']];
  const registry = new ScrapeRegistry(collector.withHeaders(caller), heads);
  await registry.gather({ format: 'text' });
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  const chunks = registry.write('text');
  const first = await chunks.next();
  const second = await chunks.next();
  if (second.done === true) {
    response.setHeader('content-length', first.value.length);
    response.end(first.value);
    return;
  }
  response.write(first.value);
  await send(response, second.value);
  for await (const chunk of chunks) await send(response, chunk);
  response.end();
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`listening=http://127.0.0.1:${server.address().port}\n`);
});

async function send(response, chunk) {
  if (!response.write(chunk)) await once(response, 'drain');
}
