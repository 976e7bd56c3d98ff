import type { BudgetSpec, RequestPolicySpec } from '../../model/module.js';
import type { Section } from '../section.js';
import { count, positiveDuration } from '../values.js';

/** Each request of the last interval is remembered. */
const MAX_REQUESTS = 10_000;

/** Keys of a module for how often its targets are requested, and what is repeated where they are not. */
export function readRequestPolicy(section: Section): RequestPolicySpec {
  const own = readBudget(section.section('max_requests_per'));
  const named = section.text('budget') || undefined;
  if (own !== undefined && named !== undefined) {
    section.refuse(section.placeOf('budget'), 'cannot be combined with max_requests_per', 'keep one');
  }
  return {
    minIntervalMs: section.read('min_interval', positiveDuration),
    staleOnErrorMs: section.read('stale_on_error', positiveDuration),
    coalesces: section.flag('coalesce') ?? false,
    budget: named ?? own,
  };
}

/** `{requests: 60, interval: 1m}`, of a module or under a name of `budgets`. */
export function readBudget(section: Section | undefined): BudgetSpec | undefined {
  if (section === undefined) return undefined;
  const requests = section.read('requests', count);
  const intervalMs = section.read('interval', positiveDuration);
  if (section.take('requests') === undefined) section.needs('requests', { hint: '{ requests: 60, interval: 1m }' });
  if (section.take('interval') === undefined) section.needs('interval', { hint: '{ requests: 60, interval: 1m }' });
  if (requests !== undefined && requests > MAX_REQUESTS) {
    section.refuse(section.placeOf('requests'), `must be at most ${MAX_REQUESTS}`, 'take a shorter interval');
  }
  section.finish();
  return requests === undefined || intervalMs === undefined
    ? undefined
    : { where: section.where, requests, intervalMs };
}
