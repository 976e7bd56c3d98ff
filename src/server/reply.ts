import type { Response } from 'express';
import type { Rejection } from '../model/auth-decision.js';
import { toZxpError, type ZxpError } from '../model/errors.js';
import { httpStatusOfCode } from './http-status.js';

/** Answers with plain text. */
export function sendText(response: Response, status: number, text: string): void {
  const body = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
  response.end(body);
}

/** Answers with what went wrong and what to do, a line each. */
export function sendError(response: Response, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = toZxpError(thrown);
  if (error.code === 'busy') response.setHeader('retry-after', '1');
  sendText(response, error.code === 'internal' ? 500 : httpStatusOfCode[error.code], describe(error));
}

/** Answers a caller who may not come in. Who showed the wrong certificate is to begin again with another. */
export function sendRejection(response: Response, refusal: Rejection): void {
  const { cause, status, message, hint, challenges, retryAfterSeconds } = refusal;
  if (challenges !== undefined) response.setHeader('www-authenticate', challenges);
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  if (cause === 'certificate') response.setHeader('connection', 'close');
  sendText(response, status, `error: ${message}\nhint: ${hint}`);
}

function describe({ message, problems, hint }: ZxpError): string {
  const lines = [`error: ${message}`];
  for (const problem of problems) {
    lines.push(`error: ${problem.where} ${problem.message}`);
    if (problem.hint !== undefined) lines.push(`hint: ${problem.hint}`);
  }
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines.join('\n');
}
