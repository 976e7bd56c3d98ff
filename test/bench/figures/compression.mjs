/**
 * What compressing the answer adds: CPU time of the daemon's process for one scrape whose caller takes `encoding`, over
 * that of one whose caller takes none, in turns.
 */
import zlib from 'node:zlib';
import { makePayload } from '../payload.mjs';
import { checkScrape } from '../probe.mjs';
import { explainMissingProc } from '../proc.mjs';
import { startServer, withServers } from '../processes.mjs';
import { measureScrapeCpu } from '../scrape-cost.mjs';
import { upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { nameSize } from './name-size.mjs';

export function compressionFigure({ encoding, series, rounds, warmUpSeconds = 2, target }) {
  return {
    name: `scrape CPU, ${encoding} / uncompressed, ${nameSize(series)}`,
    target,
    needs: () => explainMissingProc() ?? explainMissing(encoding),
    measure: async () => {
      const document = { series, bytes: makePayload(series).length };
      const upstream = await startServer(upstreamCommand);
      return withServers({ zxp: zxpCommand(upstream.url) }, async ({ zxp }) => {
        await checkScrape(`${zxp.url}/metrics`, series);
        for (const warmed of [encoding, undefined]) {
          await measureScrapeCpu(zxp, { ...document, encoding: warmed, seconds: warmUpSeconds });
        }
        const ours = [];
        for (let round = 0; round < rounds; round++) {
          const plainSeconds = await measureScrapeCpu(zxp, document);
          ours.push((await measureScrapeCpu(zxp, { ...document, encoding })) / plainSeconds);
        }
        return { ours };
      }).finally(() => upstream.stop());
    },
  };
}

function explainMissing(encoding) {
  return encoding === 'zstd' && zlib.createZstdCompress === undefined ? `${process.version} has no zstd` : undefined;
}
