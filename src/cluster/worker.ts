import { toZxpError } from '../model/errors.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Channel } from '../model/ports.js';
import { receiveConnections } from './handoff.js';
import { readHistories } from './histories.js';
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
