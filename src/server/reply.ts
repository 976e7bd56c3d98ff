import type { Response } from 'express';
import type { Rejection } from '../model/auth-decision.js';
import { toZxpError, type ZxpError } from '../model/errors.js';
import { httpStatusOfCode } from './http-status.js';

/** Sends plain text. */
export function sendText(response: Response, status: number, text: string): void {
  const body = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
  response.end(body);
}

/** Sends what went wrong and what to do, one line each; with the status of the error unless another one is given. */
export function sendError(response: Response, thrown: unknown, status?: number): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = toZxpError(thrown);
  if (error.code === 'busy') response.setHeader('retry-after', '1');
  const isOwn = error.code === 'internal' || error.code === 'config';
  sendText(response, status ?? (isOwn ? 500 : httpStatusOfCode[error.code]), describe(error));
}

/** Sends a rejection. The connection of an invalid certificate is closed, so that a client can present another. */
export function sendRejection(response: Response, rejection: Rejection): void {
  const { reason, status, message, hint, challenges, retryAfterSeconds } = rejection;
  if (challenges !== undefined) response.setHeader('www-authenticate', challenges);
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  if (reason === 'certificate') response.setHeader('connection', 'close');
  sendText(response, status, `error: ${message}\nhint: ${hint}`);
}

function describe({ message, problems, hint }: ZxpError): string {
  const lines = [`error: ${message}`];
  for (const problem of problems) {
    lines.push(`error: ${problem.where}: ${problem.message}`);
    if (problem.hint !== undefined) lines.push(`hint: ${problem.hint}`);
  }
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines.join('\n');
}
