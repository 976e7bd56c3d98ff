import type { Response } from 'express';
import { toZxpError } from '../model/errors.js';
import { httpStatusOfCode } from './http-status.js';

/** Answers with plain text. */
export function sendText(response: Response, status: number, text: string): void {
  const body = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
  response.end(body);
}

/** Answers with what went wrong and what to do, in two lines. */
export function sendError(response: Response, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = toZxpError(thrown);
  if (error.code === 'busy') response.setHeader('retry-after', '1');
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  sendText(
    response,
    error.code === 'internal' ? 500 : httpStatusOfCode[error.code],
    `error: ${error.message}\n${hint}`,
  );
}
