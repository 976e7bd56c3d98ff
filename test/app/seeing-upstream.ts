import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import { forThisTest } from '../support/for-this-test.js';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SeeingUpstream {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** Connections that were made, whether or not a request came on them. */
  readonly connections: number;
}

/** An upstream on the loopback that answers with this JSON, and remembers what it was asked, until the test is over. */
export async function startSeeingUpstream(
  document: unknown = { n: 1 },
  reply: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<SeeingUpstream> {
  const seen: SeenRequest[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    seen.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof document === 'string' ? document : JSON.stringify(document));
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  forThisTest({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    get connections() {
      return connections;
    },
  };
}
