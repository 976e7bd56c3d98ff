import { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { expect, test, vi } from 'vitest';
import { createExpressServer } from '../../src/server/express-server.js';
import { forThisTest } from '../support/for-this-test.js';

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
