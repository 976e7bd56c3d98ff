import type { TargetHistory } from '../model/scrape-history.js';
import { compileGuard } from '../schema/guard.js';

const pastScrape = {
  type: 'object',
  required: ['endedMs', 'up', 'statusCode', 'durationSeconds', 'samples', 'dropped'],
  properties: { endedMs: { type: 'number' }, up: { type: 'boolean' } },
};

const targetHistories = compileGuard<readonly TargetHistory[]>({
  type: 'array',
  items: {
    type: 'object',
    required: ['target', 'module', 'isConfigured', 'scrapes'],
    properties: {
      target: { type: 'string' },
      module: { type: 'string' },
      scrapes: { type: 'array', items: pastScrape },
    },
  },
});

/** The histories that other processes sent, one list each; what is none is left out. */
export function readHistories(lists: unknown): readonly (readonly TargetHistory[])[] {
  return Array.isArray(lists) ? lists.filter(targetHistories.matches) : [];
}
