/**
 * Requests a second of two workers over those of one process. The document comes from a file and little of it is mapped,
 * so that hardly anything but zxp wants the cores.
 */
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { makeMappingPayload } from '../mapping-payload.mjs';
import { withServers } from '../processes.mjs';
import { zxpCommand } from '../servers/commands.mjs';
import { compareRates } from './compare-rates.mjs';
import { withFiles } from './files.mjs';

/** A quarter of a megabyte, which is parsed where it is asked for, and not in a thread of its own. */
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
    needs: explainFewCores,
    measure: async () => {
      const files = { 'document.json': makeMappingPayload(OBJECTS, 'usual'), 'bench.yml': config };
      return { ours: await withFiles(files, (paths) => compareProcesses(paths, { rounds, warmUpSeconds })) };
    },
  };
}

/** Two workers, the load and the upstream each want a core of their own. */
function explainFewCores() {
  return availableParallelism() < 4 ? 'it takes four cores' : undefined;
}

function compareProcesses([document, file], sizes) {
  const base = [...zxpCommand(pathToFileURL(document).href), '--config.file', file, '--module', 'bench'];
  const commands = { ours: [...base, '--web.workers', '2'], base };
  return withServers(commands, (servers) => compareRates(servers, { series: 1, ...sizes }));
}
