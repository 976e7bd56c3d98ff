import { parseGoMilliseconds } from '../../golang/duration.js';
import type { RateLimitSpec } from '../../model/access-policy.js';
import type { Section } from '../section.js';
import { count, duration, type ValueKind } from '../values.js';

const interval: ValueKind<number> = {
  isPublic: true,
  expected: 'a duration such as 1s, 500ms or 1m30s, or 0 for no limit',
  read: (value) => (typeof value === 'string' ? (duration.read(value) ?? parseGoMilliseconds(value)) : undefined),
};

/** `rate_limit`; an interval of 0 limits nothing. */
export function readRateLimit(section: Section | undefined): RateLimitSpec | 'none' | undefined {
  if (section === undefined) return undefined;
  const isSaid = section.take('interval') !== undefined;
  const intervalMs = section.read('interval', interval);
  // Without a limit its burst may be 0, as in exporter-toolkit; with one, a burst of 0 would turn everybody away.
  const needsBurst = intervalMs !== 0;
  const isThere = section.take('burst') !== undefined;
  const burst = needsBurst ? section.read('burst', count) : undefined;
  if (!isSaid)
    section.needs('interval', { message: 'needs an interval', hint: 'interval: 1s lets one request a second in' });
  else if (needsBurst && !isThere) section.needs('burst', { hint: 'burst: 20 lets 20 requests in at once' });
  section.finish();
  if (intervalMs === 0) return 'none';
  return intervalMs === undefined || burst === undefined ? undefined : { intervalMs, burst };
}
