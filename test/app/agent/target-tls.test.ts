import { createServer } from 'node:https';
import { expect, test } from 'vitest';
import { makeAuthority } from '../../support/certificate-authority.js';
import { forThisTest } from '../../support/for-this-test.js';
import { connected, runProxy } from '../../tunnel/agent/run-agent.js';
import { runAgentApp } from './run-agent-app.js';

/** A target whose certificate only the CA of this test has signed. */
async function runTarget() {
  const authority = makeAuthority();
  const { cert, key } = authority.issue('localhost');
  const server = createServer({ cert, key }, (request, response) => {
    const isJson = request.url === '/json';
    response.writeHead(200, { 'content-type': isJson ? 'application/json' : 'text/plain' });
    response.end(isJson ? '{"items": 7}' : 'up 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  forThisTest({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `https://localhost:${port}`, ca: authority.cert };
}

const describeAgent = (proxyPort: number, url: string, more: string) => `
modules: { stock: { metrics: [{ name: stock_items, path: "{.items}", help: Items. }] } }
tunnel:
  proxies: ["127.0.0.1:${proxyPort}"]
${more}
  paths:
    - { path: plain, url: "${url}/" }
    - { path: known, url: "${url}/", http_client_config: { tls_config: { ca_file: ca.pem } } }
    - { path: stock, url: "${url}/json", module: stock }
`;

async function scrapeAll(more: string) {
  const [proxy, target] = [await runProxy(), await runTarget()];
  const { log } = await runAgentApp({
    files: { 'agent.yml': describeAgent(proxy.port, target.url, more), 'ca.pem': target.ca },
  });
  const connection = await connected(proxy);
  const [plain, known, stock] = [
    await connection.scrape({ path: 'plain' }),
    await connection.scrape({ path: 'known' }),
    await connection.scrape({ path: 'stock' }),
  ];
  return { statuses: [plain.statusCode, known.statusCode], stock: stock.body.toString(), log: log() };
}

test('a target with an unknown CA is refused, and one whose CA the path names is not', async () => {
  const { statuses, stock, log } = await scrapeAll('');
  expect(statuses).toEqual([503, 200]);
  expect(stock).toContain('target_scrape_error{reason="tls"} 1\n');
  expect(log).not.toContain('are not verified');
});

test('trust_all_x509 accepts any certificate, for exporters and modules, and is warned of at the start', async () => {
  const { statuses, stock, log } = await scrapeAll('  trust_all_x509: true');
  expect(statuses).toEqual([200, 200]);
  expect(stock).toContain('stock_items 7\n');
  expect(log).toContain('certificates of targets are not verified');
});
