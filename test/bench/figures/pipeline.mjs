/**
 * Bytes in to bytes out / P: from the upstream's bytes to the exposition's through the real collector and writer, wall
 * time, in a process of its own for each size. P is JSON.parse of the same document's text in the same process.
 */
import { once } from 'node:events';
import { VALUES_AN_OBJECT } from '../mapping-payload.mjs';
import { startNode, stop } from '../processes.mjs';
import { mappingAloneCommand, pipelineCommand, writingCommand } from '../servers/commands.mjs';
import { nameSize } from './name-size.mjs';

export function pipelineFigure({ series, rounds, naiveRounds, target }) {
  return {
    name: `bytes in to bytes out / P, ${nameSize(series)}`,
    target,
    measure: async () => ({
      ours: await measureIn(pipelineCommand('ours', series, rounds)),
      naive: await measureIn(pipelineCommand('naive', series, naiveRounds)),
    }),
  };
}

const KINDS = { usual: '', lean: ', lean', mapped: ', everything mapped' };

/** The same for a list of objects through a mapping module, with nothing naive beside it. */
export function mappingFigure({ objects, kind = 'usual', rounds, target }) {
  return {
    name: `mapping, bytes in to bytes out / P, ${objects.toLocaleString('en')} objects${KINDS[kind]}`,
    target,
    measure: async () => ({
      ours: await measureIn(pipelineCommand(`mapping-${kind}`, objects * VALUES_AN_OBJECT, rounds)),
    }),
  };
}

/**
 * What a mapping module takes over decoding, in P of the same process: of three values and three labels an object, or
 * (`kind` is `cel`) of five expressions and four labels.
 */
export function mappingAloneFigure({ objects, kind = 'small', rounds, target }) {
  return {
    name: `mapping alone / P, ${objects.toLocaleString('en')} objects${kind === 'cel' ? ', five expressions each' : ''}`,
    target,
    measure: async () => ({ ours: await measureIn(mappingAloneCommand(kind, objects, rounds)) }),
  };
}

/** What it takes to write the same families in a format, over writing them as text in the same process. */
export function writingFigure({ format, series, rounds, target }) {
  return {
    name: `writing, ${format} / text, ${nameSize(series)}`,
    target,
    measure: async () => ({ ours: await measureIn(writingCommand(format, series, rounds)) }),
  };
}

/** The ratios that a process of its own sends. */
async function measureIn(command) {
  const child = startNode(command, { ipc: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once('message', resolve);
      once(child, 'exit').then(() => reject(new Error(`the measuring process ended: ${child.lastWords()}`)));
    });
  } finally {
    await stop(child);
  }
}
