/**
 * Bytes in to bytes out / P: from the upstream's bytes to the exposition's through the real collector and writer, wall
 * time, in a process of its own for each size. P is JSON.parse of the same document's text in the same process.
 */
import { once } from 'node:events';
import { startNode, stop } from '../processes.mjs';
import { pipelineCommand } from '../servers/commands.mjs';
import { nameSize } from './name-size.mjs';

export function pipelineFigure({ series, rounds, naiveRounds, target }) {
  return {
    name: `bytes in to bytes out / P, ${nameSize(series)}`,
    target,
    measure: async () => ({
      ours: await measureWay('ours', series, rounds),
      naive: await measureWay('naive', series, naiveRounds),
    }),
  };
}

async function measureWay(...options) {
  const child = startNode(pipelineCommand(...options), { ipc: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once('message', resolve);
      once(child, 'exit').then(() => reject(new Error(`the measuring process ended: ${child.lastWords()}`)));
    });
  } finally {
    await stop(child);
  }
}
