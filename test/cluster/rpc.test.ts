import { expect, test } from 'vitest';
import { openPeer } from '../../src/cluster/rpc.js';
import { ZxpError } from '../../src/model/errors.js';
import { createChannels } from './channels.js';

test('each side asks and answers, in any order', async () => {
  const [here, there] = createChannels();
  const releases: (() => void)[] = [];
  const slow = () => new Promise<string>((resolve) => releases.push(() => resolve('slow')));
  const one = openPeer(here, { name: async () => 'one' });
  const other = openPeer(there, { name: async () => 'other', slow, echo: async (asked) => asked });
  const waiting = one.request('slow');
  expect(await one.request('name')).toBe('other');
  expect(await other.request('name')).toBe('one');
  expect(await one.request('echo', { deep: [1, Number.NaN, undefined] })).toEqual({ deep: [1, Number.NaN, undefined] });
  releases[0]?.();
  expect(await waiting).toBe('slow');
});

test('what the other side throws is thrown here, as it was but for its cause', async () => {
  const [here, there] = createChannels();
  const problems = [{ where: 'zxp.yml:1', message: 'is wrong', hint: 'mend it' }];
  openPeer(there, {
    fail: async () => {
      throw new ZxpError('config', 'one problem', { problems, hint: 'h', cause: new Error('secret') });
    },
    crash: async () => {
      throw new TypeError('x is not a function');
    },
  });
  const peer = openPeer(here, {});
  const error = await peer.request('fail').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ZxpError);
  expect(error).toMatchObject({ code: 'config', message: 'one problem', hint: 'h', problems });
  expect(error).not.toHaveProperty('cause');
  await expect(peer.request('crash')).rejects.toMatchObject({
    code: 'internal',
    message: 'internal error: x is not a function',
  });
});

test('a question that nobody knows has an empty answer', async () => {
  const [here, there] = createChannels();
  openPeer(there, {});
  expect(await openPeer(here, {}).request('what')).toBeUndefined();
});

test('once the other side is given up, every question fails', async () => {
  const [here, there] = createChannels();
  openPeer(there, { never: () => new Promise(() => undefined) });
  const peer = openPeer(here, {});
  const waiting = peer.request('never');
  peer.abandon(new ZxpError('internal', 'a worker ended with code 1'));
  await expect(waiting).rejects.toThrow('a worker ended with code 1');
  await expect(peer.request('name')).rejects.toThrow('a worker ended with code 1');
});

test.each([
  ['nothing', undefined],
  ['a text', 'answer'],
  ['an answer without a number', { kind: 'answer', value: 1 }],
  ['a failure without an error', { kind: 'failure', id: 1 }],
  ['something else', { kind: 'cluster', id: 1 }],
])('%s is not for a peer', async (_name, message) => {
  const [here, there] = createChannels();
  const listeners: ((message: unknown) => void)[] = [];
  const peer = openPeer({ ...here, onMessage: (listener) => listeners.push(listener) && here.onMessage(listener) }, {});
  openPeer(there, { name: async () => 'other' });
  const answer = peer.request('name');
  for (const listener of listeners) listener(message);
  expect(await answer).toBe('other');
});
