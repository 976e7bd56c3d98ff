/**
 * Requests a second of two workers over those of one process, under full load of 16 connections, in turns. The document
 * comes from a file, so that nothing but zxp and the load wants the cores.
 */
import { pathToFileURL } from 'node:url';
import { load } from '../load.mjs';
import { checkScrape } from '../probe.mjs';
import { withServers } from '../processes.mjs';
import { zxpCommand } from '../servers/commands.mjs';
import { withPayloadFile } from './files.mjs';
import { nameSize } from './name-size.mjs';

const CONNECTIONS = 16;
const ROUND_SECONDS = 1;

export function workersFigure({ series, rounds, warmUpSeconds, target }) {
  return {
    name: `requests/s of 2 workers / of one, ${nameSize(series)}`,
    target,
    measure: async () => ({
      ours: await withPayloadFile(series, (file) => compareRates({ file, series, rounds, warmUpSeconds })),
    }),
  };
}

function compareRates({ file, series, rounds, warmUpSeconds }) {
  const one = zxpCommand(pathToFileURL(file).href);
  return withServers({ one, two: [...one, '--web.workers', '2'] }, async ({ one, two }) => {
    const run = async (server, seconds) =>
      (await load({ url: `${server.url}/metrics`, series, connections: CONNECTIONS, seconds })).perSecond;
    for (const server of [one, two]) {
      await checkScrape(`${server.url}/metrics`, series);
      await run(server, warmUpSeconds);
    }
    const ratios = [];
    for (let round = 0; round < rounds; round++) {
      const rateOfOne = await run(one, ROUND_SECONDS);
      ratios.push((await run(two, ROUND_SECONDS)) / rateOfOne);
    }
    return ratios;
  });
}
