import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../src/model/secret.js';

const canary = 'c4n4ry';
const secret = new Secret(canary);

test('only reveal gives the text', () => {
  expect(secret.reveal()).toBe(canary);
});

test.each<[how: string, printed: string]>([
  ['as text', `${secret}`],
  ['by String', String(secret)],
  ['by concatenation', `x${secret}`],
  ['as JSON', JSON.stringify(secret)],
  ['as JSON inside of something', JSON.stringify({ password: [secret] })],
  ['by inspect', inspect(secret)],
  ['by inspect inside of something', inspect({ password: secret }, { depth: 9, showHidden: true })],
  ['by inspect with hidden properties', inspect(secret, { showHidden: true, customInspect: true })],
  ['by inspect without custom inspection', inspect(secret, { customInspect: false, showHidden: true })],
  ['by format', format('%s %o %O %j', secret, secret, secret, secret)],
  ['by its keys and values', JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret).map(String)])],
  ['by spreading', inspect({ ...secret })],
  ['by cloning', inspect(structuredClone(secret))],
])('%s it is not printed', (_, printed) => {
  expect(printed).not.toContain(canary);
});

test('as text, as JSON and by inspect it is <secret>', () => {
  expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).toEqual(['<secret>', '"<secret>"', '<secret>']);
});
