import { parentPort } from 'node:worker_threads';
import { freeMemory } from '../../async/free-memory.js';
import { listPieces } from '../../model/bytes.js';
import type { RenderedDocument, Translator } from '../../model/ports.js';
import { renderDocument } from '../../scrape/render-document.js';
import { createTranslator } from '../../translate/registry.js';
import { listMemory, packFailure, packReply, type RenderMessage, type RenderOrder } from '../messages.js';
import { findProcessMemory } from '../process-memory.js';

const memory = findProcessMemory();

/** Compiled recipes by their ids. */
const translators = new Map<number, Translator>();

parentPort?.on('message', (message: RenderMessage) => {
  if (message.kind === 'forget') translators.delete(message.recipeId);
  else void answer(message);
});

async function answer(order: RenderOrder): Promise<void> {
  try {
    const translator = await findTranslator(order);
    const document = renderAndFree(order, translator);
    parentPort?.postMessage(packReply(document), listMemory(document.chunks));
  } catch (thrown) {
    parentPort?.postMessage(packFailure(thrown));
  }
}

function renderAndFree({ task }: RenderOrder, translator: Translator): RenderedDocument {
  try {
    return renderDocument(task, translator, { memory });
  } finally {
    for (const piece of listPieces(task.body)) freeMemory(piece);
  }
}

async function findTranslator({ recipeId, recipe }: RenderOrder): Promise<Translator> {
  const known = translators.get(recipeId);
  if (known !== undefined) return known;
  if (recipe === undefined) throw new Error(`there is no recipe ${recipeId}`);
  const translator = await createTranslator(recipe);
  translators.set(recipeId, translator);
  return translator;
}
