import { toZxpError, type ZxpError } from '../../model/errors.js';
import { failure } from '../../tunnel/agent/scrape-handler.js';
import type { TargetResponse } from '../../tunnel/agent/target.js';

/**
 * The status that stands for a target which gave no response, as prometheus-proxy's agent has them. What went wrong
 * inside zxp goes to its own log, and not to scrapers.
 */
export function toTargetFailure(thrown: unknown, onInternal: (error: ZxpError) => void): TargetResponse {
  const error = toZxpError(thrown);
  const { code, message } = error;
  if (code === 'timeout') return failure(408, 'timed_out', message);
  if (code === 'too_large' || code === 'limit') return failure(413, 'too_large', message);
  if (code !== 'internal' && code !== 'config') return failure(503, 'unreachable', message);
  onInternal(error);
  return failure(503, 'unreachable', 'internal error of the agent');
}
