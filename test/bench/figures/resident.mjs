/** Megabytes of physical memory of a fresh daemon, to size machines by: no ratios. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../dist.mjs';
import { makePayload } from '../payload.mjs';
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

/**
 * How far the memory of one that was idle rises through a large scrape, over what has to be there: the reply and the
 * exposition. With the setting of malloc that the image has.
 */
export function riseFigure({ series, rounds, target }) {
  return {
    name: `peak memory over idle / (reply + exposition), as in the image, ${nameSize(series)}`,
    target,
    needs: explainMissingProc,
    measure: async () => {
      const upstream = await startServer(upstreamCommand);
      const replyBytes = makePayload(series).length;
      const command = [
        ...zxpCommand(upstream.url),
        '--limits.series',
        String(2 * series),
        '--limits.body-size',
        '128MiB',
      ];
      const measure = async () => {
        const server = await startServer(command, { env: readImageEnvironment() });
        try {
          await checkScrape(`${server.url}/metrics`, SMALL_SERIES);
          const idle = readMemory(server.pid).bytes;
          const expositionBytes = (await checkScrape(`${server.url}/metrics`, series)).length;
          return (readMemory(server.pid).peakBytes - idle) / (replyBytes + expositionBytes);
        } finally {
          await server.stop();
        }
      };
      const ours = [];
      try {
        for (let round = 0; round < rounds; round++) ours.push(await measure());
        return { ours };
      } finally {
        await upstream.stop();
      }
    },
  };
}

function readImageEnvironment() {
  const name = 'MALLOC_MMAP_THRESHOLD_';
  const found = new RegExp(`${name}=(\\d+)`).exec(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'));
  if (found === null) throw new Error(`deploy/Dockerfile sets no ${name}`);
  return { [name]: found[1] };
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
