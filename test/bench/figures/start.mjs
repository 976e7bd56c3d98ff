/**
 * Start: from spawning the process to the line that says where it listens, and from spawning `zxp --help` to its end,
 * each over spawning a node process that does nothing, in turns.
 */
import { once } from 'node:events';
import { startNode, startServer } from '../processes.mjs';
import { emptyCommand, helpCommand, naiveCommand, zxpCommand } from '../servers/commands.mjs';

/** Nothing is asked of it before it listens, so nothing has to be there. */
const NOBODY = 'http://127.0.0.1:9';

export function startFigure({ rounds, target }) {
  return {
    name: 'start to listening / empty node process',
    target,
    measure: async () => {
      const ratios = { ours: [], naive: [] };
      for (let round = 0; round < rounds; round++) {
        const emptyMs = await timeToEnd(emptyCommand);
        ratios.ours.push((await timeToListening(zxpCommand(NOBODY))) / emptyMs);
        ratios.naive.push((await timeToListening(naiveCommand(NOBODY))) / emptyMs);
      }
      return ratios;
    },
  };
}

export function helpFigure({ rounds, target }) {
  return {
    name: 'zxp --help / empty node process',
    target,
    measure: async () => {
      const ours = [];
      for (let round = 0; round < rounds; round++) {
        const emptyMs = await timeToEnd(emptyCommand);
        ours.push((await timeToEnd(helpCommand)) / emptyMs);
      }
      return { ours };
    },
  };
}

async function timeToListening(command) {
  const startMs = performance.now();
  const server = await startServer(command);
  const ms = performance.now() - startMs;
  await server.stop();
  return ms;
}

async function timeToEnd(command) {
  const startMs = performance.now();
  const child = startNode(command);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${child.lastWords()}`);
  return performance.now() - startMs;
}
