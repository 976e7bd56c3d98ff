import { type ErrorCode, type Problem, ZxpError } from '../model/errors.js';

/** A ZxpError on its way to another process: what it says, without its cause. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly problems: readonly Problem[];
}

export const wireErrorSchema = {
  type: 'object',
  required: ['code', 'message', 'problems'],
  properties: { code: { type: 'string' }, message: { type: 'string' }, problems: { type: 'array' } },
};

export function toWire({ code, message, hint, problems }: ZxpError): WireError {
  return { code, message, hint, problems };
}

export function fromWire({ code, message, ...rest }: WireError): ZxpError {
  return new ZxpError(code, message, rest);
}
