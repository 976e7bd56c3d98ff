import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerInventory } from './inventory-api.js';
import type { ExampleUpstream } from './upstreams.js';

/** What an upstream says to a request with this body. */
type Guard = (request: IncomingMessage, body: string) => { readonly status?: number; readonly json: unknown };

/** A zot with bearer authentication, its token server on the same origin; the user is `alice` with `wonderland`. */
export async function startTokenRegistry(): Promise<ExampleUpstream> {
  const info = { Name: 'zot.info', Value: 1, LabelNames: ['version'], LabelValues: ['2.1.0'] };
  return start(({ url, headers: { authorization } }) => {
    if (url?.startsWith('/token?') === true) {
      const isAlice = authorization === `Basic ${Buffer.from('alice:wonderland').toString('base64')}`;
      return isAlice ? { json: { token: 'for-alice', expires_in: 300 } } : { status: 401, json: {} };
    }
    return authorization === 'Bearer for-alice' ? { json: { Gauges: [info] } } : { status: 401, json: { errors: [] } };
  });
}

/** An API that gives a session for the user `zxp` with `secret`, and wants it in a header. */
export async function startSessionApi(): Promise<ExampleUpstream> {
  return start(({ url, method, headers }, body) => {
    if (method === 'POST' && url === '/api/login') {
      const isUser = body === '{"user": "zxp", "password": "secret"}';
      return isUser ? { json: { session: { token: 'session-1' } } } : { status: 401, json: {} };
    }
    return headers['x-auth-token'] === 'session-1' ? { json: { items: 42 } } : { status: 401, json: {} };
  });
}

/** An API without credentials whose lists come in pages, and whose documents name others. */
export async function startInventoryApi(): Promise<ExampleUpstream> {
  return start(({ url = '' }) => answerInventory(url));
}

async function start(guard: Guard): Promise<ExampleUpstream> {
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { status = 200, json } = guard(request, body);
    const challenge = `Bearer realm="http://${request.headers.host}/token",service="zot",scope=""`;
    response.writeHead(status, status === 401 ? { 'www-authenticate': challenge } : {}).end(JSON.stringify(json));
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
