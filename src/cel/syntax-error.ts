import { ZxpError } from '../model/errors.js';

/** An expression that does not parse, or whose types do not fit. The message ends with the position, from 1. */
export class CelSyntaxError extends ZxpError {
  /** In UTF-16 code units from the start of the source. */
  readonly position: number;

  constructor(message: string, where: { readonly source: string; readonly at: number; readonly cause?: unknown }) {
    const position = Math.max(0, Math.min(where.at, where.source.length));
    super('config', `${message} at position ${position + 1}`, 'cause' in where ? { cause: where.cause } : {});
    this.position = position;
  }
}
