import express from 'express';
import { describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import { sendError } from '../../src/server/reply.js';
import { startListening } from '../support/listening.js';

/** What a caller gets where this was thrown. */
async function replyTo(thrown: unknown): Promise<{ status: number; headers: Headers; text: string }> {
  const app = express().use((_request, response) => sendError(response, thrown));
  const { url } = await startListening(app);
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('the reply to what went wrong', () => {
  test('is plain text: the error and its hint, a line each', async () => {
    const { status, headers, text } = await replyTo(new ZxpError('request', 'it is wrong', { hint: 'mend it' }));
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text).toBe('error: it is wrong\nhint: mend it\n');
  });

  test('has every problem with its place and hint', async () => {
    const problems = [
      { where: 'a.yml:1', message: 'is one', hint: 'do this' },
      { where: 'a.yml:2', message: 'is another' },
    ];
    const { status, text } = await replyTo(new ZxpError('config', 'there are two', { problems }));
    expect(status).toBe(500);
    expect(text).toBe('error: there are two\nerror: a.yml:1: is one\nhint: do this\nerror: a.yml:2: is another\n');
  });

  test('says when to come back where zxp is busy', async () => {
    const { status, headers } = await replyTo(new ZxpError('busy', 'too many'));
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
  });

  test('is 500 for what nobody expected, without a stack', async () => {
    const { status, text } = await replyTo(new TypeError('x is undefined'));
    expect([status, text]).toEqual([500, 'error: internal error: x is undefined\n']);
  });
});
