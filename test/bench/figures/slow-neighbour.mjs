/**
 * Small scrape p99 beside large ones / alone: a small scrape every 10 ms, however long each takes, while nothing else
 * goes on, and again while one connection scrapes a large document from the same daemon over and over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from '../load.mjs';
import { checkScrape, timeScrapes } from '../probe.mjs';
import { startServer, withServers } from '../processes.mjs';
import { naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { percentile } from '../statistics.mjs';
import { nameSize } from './name-size.mjs';

const INTERVAL_MS = 10;
const HEAD_START_MS = 500;

export function slowNeighbourFigure({ series, neighbourSeries, seconds, rounds, target }) {
  return {
    name: `p99 of ${nameSize(series)} beside ${nameSize(neighbourSeries)} / alone`,
    target,
    measure: async () => {
      const upstream = await startServer(upstreamCommand);
      const sizes = { series, neighbourSeries, seconds };
      const measureAll = (command) =>
        withServers({ server: command(upstream.url) }, async ({ server }) => {
          const url = `${server.url}/metrics`;
          await warmUp(url, sizes);
          const ratios = [];
          for (let round = 0; round < rounds; round++) ratios.push(await measureRound(url, sizes));
          return ratios;
        });
      try {
        return { ours: await measureAll(zxpCommand), naive: await measureAll(naiveCommand) };
      } finally {
        await upstream.stop();
      }
    },
  };
}

async function warmUp(url, { series, neighbourSeries }) {
  await checkScrape(url, neighbourSeries);
  await load({ url, series, connections: 4, seconds: 1 });
}

async function measureRound(url, { series, neighbourSeries, seconds }) {
  const probes = { series, intervalMs: INTERVAL_MS, count: (seconds * 1000) / INTERVAL_MS };
  const alone = await timeScrapes(url, probes);
  const loadSeconds = Math.ceil(seconds + HEAD_START_MS / 1000);
  const [beside] = await Promise.all([
    sleep(HEAD_START_MS).then(() => timeScrapes(url, probes)),
    load({ url, series: neighbourSeries, connections: 1, seconds: loadSeconds }),
  ]);
  return percentile(beside, 99) / percentile(alone, 99);
}
