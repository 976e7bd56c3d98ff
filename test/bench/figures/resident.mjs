/** Megabytes of physical memory of a fresh daemon, to size machines by: no ratios. */
import { checkScrape } from '../probe.mjs';
import { explainMissingProc, readMemory } from '../proc.mjs';
import { startServer, withServers } from '../processes.mjs';
import { naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { nameSize } from './name-size.mjs';

const SMALL_SERIES = 20;
const BYTES_A_MEGABYTE = 1e6;

/** Of one that has answered a small scrape, and does nothing. */
export function idleFigure({ rounds, target }) {
  return {
    name: 'idle memory, MB',
    ...residentFigure({ series: SMALL_SERIES, key: 'bytes', rounds, hasNaive: true, target }),
  };
}

/** The most that one took while it answered its first scrape. */
export function peakFigure({ series, rounds, target }) {
  return {
    name: `peak memory, MB, ${nameSize(series)}`,
    ...residentFigure({ series, key: 'peakBytes', rounds, target }),
  };
}

function residentFigure({ series, key, rounds, hasNaive = false, target }) {
  return {
    target,
    needs: explainMissingProc,
    measure: async () => {
      const upstream = await startServer(upstreamCommand);
      const measure = (command) =>
        withServers({ server: command(upstream.url) }, async ({ server }) => {
          await checkScrape(`${server.url}/metrics`, series);
          return readMemory(server.pid)[key] / BYTES_A_MEGABYTE;
        });
      const megabytes = { ours: [], naive: [] };
      try {
        for (let round = 0; round < rounds; round++) {
          megabytes.ours.push(await measure(zxpCommand));
          if (hasNaive) megabytes.naive.push(await measure(naiveCommand));
        }
        return megabytes;
      } finally {
        await upstream.stop();
      }
    },
  };
}
