/**
 * Requests a second of two workers over those of one process, under full load of 16 connections, in turns. The document
 * comes from a file and little of it is mapped, so that hardly anything but zxp wants the cores.
 */
import { pathToFileURL } from 'node:url';
import { load } from '../load.mjs';
import { makeMappingPayload } from '../mapping-payload.mjs';
import { checkScrape } from '../probe.mjs';
import { withServers } from '../processes.mjs';
import { zxpCommand } from '../servers/commands.mjs';
import { withFiles } from './files.mjs';

const CONNECTIONS = 16;
const ROUND_SECONDS = 1;
/** Just too small for a thread of its own. */
const OBJECTS = 350;
const config = `
modules:
  bench:
    metrics:
      - name: instance_cpu_ratio
        path: '{.instances[0].cpu}'
`;

export function workersFigure({ rounds, warmUpSeconds, target }) {
  return {
    name: 'requests/s of 2 workers / of one',
    target,
    measure: async () => {
      const files = { 'document.json': makeMappingPayload(OBJECTS, 'usual'), 'bench.yml': config };
      return { ours: await withFiles(files, (paths) => compareRates(paths, { rounds, warmUpSeconds })) };
    },
  };
}

function compareRates([document, file], { rounds, warmUpSeconds }) {
  const command = [...zxpCommand(pathToFileURL(document).href), '--config.file', file, '--module', 'bench'];
  return withServers({ one: command, two: [...command, '--web.workers', '2'] }, async ({ one, two }) => {
    const run = async (server, seconds) =>
      (await load({ url: `${server.url}/metrics`, series: 1, connections: CONNECTIONS, seconds })).perSecond;
    for (const server of [one, two]) {
      await checkScrape(`${server.url}/metrics`, 1);
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
