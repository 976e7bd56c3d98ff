import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, test } from 'vitest';
import type { AccessControl } from '../../src/auth/access-control.js';
import type { Rejection } from '../../src/model/auth-decision.js';
import { authenticateRequests } from '../../src/server/auth-middleware.js';
import { ask, bearer } from '../support/ask.js';
import { forThisTest } from '../support/for-this-test.js';

const open: AccessControl = {
  consumesAuthorization: false,
  headers: [],
  checkCertificate: undefined,
  authorize: undefined,
};

/** A server whose clients seem to have the address `peer`. */
async function start(access: AccessControl, peer?: string) {
  const rejected: unknown[] = [];
  const plain: string[] = [];
  const app = express();
  app.use((request, _response, next) => {
    if (peer !== undefined) Object.defineProperty(request.socket, 'remoteAddress', { value: peer });
    next();
  });
  app.use(
    authenticateRequests({
      access: () => access,
      connections: new WeakMap(),
      unixClients: new WeakSet(),
      onRejected: (reason, from) => rejected.push([reason, from]),
      onPlaintextCredentials: (from) => plain.push(from),
    }),
  );
  app.use((_request, response) => response.end('in'));
  const server = app.listen(0, '127.0.0.1');
  forThisTest({ close: () => server.closeAllConnections() });
  forThisTest({ close: () => void server.close() });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, rejected, plain };
}

const rejection: Rejection = { reason: 'certificate', status: 403, message: 'no', hint: 'none' };

describe('access control', () => {
  test('allows every request where the policy has no check', async () => {
    const { url, rejected } = await start(open);
    expect((await ask(url)).text).toBe('in');
    expect(rejected).toEqual([]);
  });

  test.each([
    ['at once', () => rejection],
    ['later', async () => rejection],
  ])('rejects %s with the reason, and reports the client', async (_when, authorize) => {
    const { url, rejected } = await start({ ...open, authorize }, '192.0.2.1');
    const reply = await ask(url);
    expect(reply).toMatchObject({ status: 403, text: 'error: no\nhint: none\n', headers: { connection: 'close' } });
    expect(rejected).toEqual([['certificate', '192.0.2.1']]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('canary');
      },
    ],
    ['rejects', () => Promise.reject(new Error('canary'))],
  ])('allows nothing where the check %s', async (_how, authorize) => {
    const { url } = await start({ ...open, authorize });
    expect((await ask(url)).status).toBe(500);
  });
});

describe('credentials over plaintext HTTP', () => {
  test('from another machine is reported once, whatever the policy', async () => {
    for (const access of [open, { ...open, authorize: () => rejection }]) {
      const { url, plain } = await start(access, '192.0.2.1');
      await ask(url);
      expect(plain).toEqual([]);
      for (let i = 0; i < 3; i++) await ask(url, { headers: bearer('canary') });
      expect(plain).toEqual(['192.0.2.1']);
    }
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('from %s is not', async (peer) => {
    const { url, plain } = await start(open, peer);
    await ask(url, { headers: bearer('canary') });
    expect(plain).toEqual([]);
  });
});
