import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DemoRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/** The users of the demo and the teams whose repositories each may see. */
export const demoUsers: ReadonlyMap<string, { readonly password: string; readonly teams: readonly string[] }> = new Map(
  [
    ['alice', { password: 'wonderland', teams: ['web', 'data'] }],
    ['bob', { password: 'builder', teams: ['infra'] }],
  ],
);

const CHALLENGE = { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="Authorization Required"' };

/**
 * A registry that answers /metrics as zot does: zot's JSON with the right password, its 401 page without. What it
 * counts grows with the time, and each user sees their own teams' repositories.
 */
export async function startDemoRegistry(now: () => number): Promise<DemoRegistry> {
  const startMs = now();
  const server = createServer((request, response) => {
    const teams = findTeams(request.headers.authorization);
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
    } else if (teams === undefined) {
      response
        .writeHead(401, CHALLENGE)
        .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
    } else {
      const seconds = (now() - startMs) / 1000;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(describe(teams, seconds)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${toPort(server.address())}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function toPort(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function findTeams(authorization: string | undefined): readonly string[] | undefined {
  const pair = Buffer.from(authorization?.replace(/^Basic /i, '') ?? '', 'base64').toString('utf8');
  const [name = '', ...password] = pair.split(':');
  const user = demoUsers.get(name);
  return user !== undefined && user.password === password.join(':') ? user.teams : undefined;
}

/** zot's JSON after so many seconds of a steady load. */
function describe(teams: readonly string[], seconds: number) {
  const repositories = teams.flatMap((team) => [`${team}/app`, `${team}/base`]);
  const pulls = (i: number) => Math.floor(40 * (i + 1) + seconds * (i + 1) * 0.7);
  const pushes = (i: number) => Math.floor(4 + i + seconds / 30);
  const row = (name: string, labels: Readonly<Record<string, string>>) => ({
    Name: name,
    LabelNames: Object.keys(labels),
    LabelValues: Object.values(labels),
  });
  const reads = repositories.reduce((sum, _, i) => sum + pulls(i), 0);
  return {
    Counters: [
      { ...row('zot.http.requests', { method: 'GET', code: '200' }), Count: reads },
      { ...row('zot.http.requests', { method: 'GET', code: '401' }), Count: Math.floor(seconds / 5) },
      ...repositories.map((repo, i) => ({ ...row('zot.repo.downloads', { repo }), Count: pulls(i) })),
      ...repositories.map((repo, i) => ({ ...row('zot.repo.uploads', { repo }), Count: pushes(i) })),
    ],
    Gauges: [
      { ...row('zot.info', { commit: 'demo', version: '2.1.0' }), Value: 0 },
      ...repositories.map((repo, i) => ({ ...row('zot.repo.storage.bytes', { repo }), Value: pushes(i) * 7_340_032 })),
    ],
    Summaries: repositories.map((repo, i) => ({
      ...row('zot.http.repo.latency.seconds', { repo }),
      Count: pulls(i),
      Sum: pulls(i) * 0.004,
    })),
    Histograms: [{ ...row('zot.http.method.latency.seconds', { method: 'GET' }), ...describeLatency(reads) }],
  };
}

function describeLatency(count: number) {
  const share = (part: number) => Math.floor(count * part);
  const Buckets = { '0.05': share(0.9), '0.5': share(0.97), '1': share(0.99), '5': count, '+Inf': count };
  return { Count: count, Sum: count * 0.03, Buckets };
}
