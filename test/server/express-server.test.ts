import { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { describe, expect, test, vi } from 'vitest';
import { createExpressServer } from '../../src/server/express-server.js';
import { forThisTest } from '../support/for-this-test.js';
import { exchangeRaw } from '../support/raw-connection.js';

/** How often a live request or response got another prototype than it had while this ran. */
async function countChanges(run: () => Promise<void>): Promise<number> {
  const change = Object.setPrototypeOf;
  let changes = 0;
  const spy = vi.spyOn(Object, 'setPrototypeOf').mockImplementation((target: object, prototype: object | null) => {
    const isLive = target instanceof IncomingMessage || target instanceof ServerResponse;
    if (isLive && Object.getPrototypeOf(target) !== prototype) changes++;
    return change(target, prototype);
  });
  await run().finally(() => spy.mockRestore());
  return changes;
}

async function listenOnLoopback(app: express.Express): Promise<string> {
  const server = createExpressServer(app, {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  forThisTest({ close: () => void server.close() });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

test('no request or response changes its prototype, whichever listener of the app it comes by', async () => {
  const app = express().use((_request, response) => response.end('here'));
  const urls = [await listenOnLoopback(app), await listenOnLoopback(app)];
  const answers: string[] = [];
  const changes = await countChanges(async () => {
    for (const url of urls) answers.push(await (await fetch(url)).text());
  });
  expect(answers).toEqual(['here', 'here']);
  expect(changes).toBe(0);
});

describe('every request comes to the app', () => {
  async function ask(line: string, headers = ''): Promise<string> {
    const app = express().use((request, response) => response.end(`path ${request.path} url ${request.url}`));
    const url = await listenOnLoopback(app);
    return exchangeRaw(url, `${line} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n${headers}\r\n`);
  }

  test.each([
    ['GET /metrics?a=http://b/c', 'path /metrics url /metrics?a=http://b/c'],
    ['GET http://there/metrics?a=1', 'path /metrics url /metrics?a=1'],
    ['GET HTTPS://there:8081', 'path / url /'],
    ['GET http://there?a=1', 'path / url /?a=1'],
    ['GET http://[::1/metrics', 'path /metrics url /metrics'],
    ['GET http://alice:wonderland@[/metrics', 'path /metrics url /metrics'],
    ['OPTIONS *', 'path /* url /*'],
  ])('%s', async (line, seen) => {
    const warnings = vi.spyOn(process, 'emitWarning');
    expect(await ask(line)).toContain(seen);
    expect(warnings).not.toHaveBeenCalled();
    warnings.mockRestore();
  });

  test('one that expects what nobody knows', async () => {
    expect(await ask('GET /metrics', 'Expect: the-unexpected\r\n')).toContain('path /metrics');
  });
});
