import { toZxpError } from '../model/errors.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Channel } from '../model/ports.js';
import type { TargetHistory } from '../model/scrape-history.js';
import { compileGuard } from '../schema/guard.js';
import { receiveConnections } from './handoff.js';
import { openPeer, toErrorDto } from './rpc.js';

/**
 * Runs an exporter as one of several processes until the first process ends it. Never rejects: why `start` failed is
 * for the first process to report.
 */
export async function runWorker(channel: Channel, start: (cluster: ClusterHandle) => Promise<Exporter>): Promise<void> {
  const state = { isReady: false, end: () => {} };
  const ended = new Promise<void>((resolve) => {
    state.end = resolve;
  });
  const primary = openPeer(channel, {
    ready: async () => {
      state.isReady = true;
    },
    reload: async () => (await starting).reload(),
    metrics: async () => (await starting).collectMetrics(),
    history: async () => (await starting).listHistory(),
    end: async () => state.end(),
  });
  const starting = start({
    isReady: () => state.isReady,
    reload: async () => {
      await primary.request('reload');
    },
    writeMetrics: async () => String(await primary.request('metrics')),
    listHistories: async () => readHistories(await primary.request('history')),
    onConnection: (accept) => receiveConnections(channel, accept),
  });
  try {
    const exporter = await starting;
    await primary.request('started');
    await ended;
    await exporter.close();
  } catch (thrown) {
    await primary.request('failed', toErrorDto(toZxpError(thrown)));
  }
}

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
function readHistories(lists: unknown): readonly (readonly TargetHistory[])[] {
  return Array.isArray(lists) ? lists.filter(targetHistories.matches) : [];
}
