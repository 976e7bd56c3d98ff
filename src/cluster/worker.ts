import { toZxpError } from '../model/errors.js';
import type { ClusterHandle, Exporter } from '../model/exporter.js';
import type { Channel } from '../model/ports.js';
import { toWire } from './error-dto.js';
import { openPeer } from './rpc.js';

/**
 * Runs an exporter as one of several processes until the first process says that it is to end. Never rejects: why
 * `start` failed is for the first process to tell.
 */
export async function runWorker(channel: Channel, start: (cluster: ClusterHandle) => Promise<Exporter>): Promise<void> {
  const state = { isReady: false, end: () => {} };
  const told = new Promise<void>((resolve) => {
    state.end = resolve;
  });
  const primary = openPeer(channel, {
    ready: async () => {
      state.isReady = true;
    },
    reload: async () => (await starting).reload(),
    metrics: async () => (await starting).collectMetrics(),
    end: async () => state.end(),
  });
  const starting = start({
    isReady: () => state.isReady,
    reload: async () => {
      await primary.ask('reload');
    },
    writeMetrics: async () => String(await primary.ask('metrics')),
  });
  try {
    const exporter = await starting;
    await primary.ask('up', { urls: exporter.urls, healthUrl: exporter.healthUrl });
    await told;
    await exporter.close();
  } catch (thrown) {
    await primary.ask('failed', toWire(toZxpError(thrown)));
  }
}
