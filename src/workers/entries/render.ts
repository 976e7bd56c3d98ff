import { parentPort } from 'node:worker_threads';
import { freeMemory } from '../../async/free-memory.js';
import { finishSteps } from '../../async/steps.js';
import { listPieces } from '../../model/bytes.js';
import type { RenderedDocument, Translator } from '../../model/ports.js';
import type { ReadOrder, ReadReply } from '../../model/read-task.js';
import { compileDocumentPlans } from '../../modules/document-plans.js';
import type { ModuleRecipe } from '../../modules/module-recipe.js';
import { type DocumentPlans, findParsingHeap, runReadTask } from '../../scrape/read-document.js';
import { renderDocument } from '../../scrape/render-document.js';
import { limitWork } from '../../scrape/work-limits.js';
import { createTranslator } from '../../translate/registry.js';
import {
  isolateReading,
  listMemory,
  packFailure,
  packReply,
  type ReadingOrder,
  type RecipeRef,
  type RenderMessage,
  type RenderOrder,
} from '../messages.js';
import { findProcessMemory } from '../process-memory.js';

const memory = findProcessMemory();

/** A recipe, and what of it was compiled: a thread that renders alone needs no plans. */
interface KnownRecipe {
  readonly recipe: ModuleRecipe;
  translator?: Promise<Translator>;
  plans?: Promise<DocumentPlans>;
}

/** By their ids. */
const recipes = new Map<number, KnownRecipe>();

parentPort?.on('message', (message: RenderMessage) => {
  if (message.kind === 'forget') recipes.delete(message.recipeId);
  else void answer(message);
});

async function answer(order: RenderOrder | ReadingOrder): Promise<void> {
  try {
    await (order.kind === 'render' ? render(order) : read(order));
  } catch (thrown) {
    parentPort?.postMessage(packFailure(thrown));
  }
}

async function render(order: RenderOrder): Promise<void> {
  const known = findRecipe(order);
  known.translator ??= createTranslator(known.recipe);
  const document = renderAndFree(order, await known.translator);
  parentPort?.postMessage(packReply(document), listMemory(document.chunks));
}

function renderAndFree({ task }: RenderOrder, translator: Translator): RenderedDocument {
  try {
    return renderDocument(task, translator, { memory });
  } finally {
    for (const piece of listPieces(task.body)) freeMemory(piece);
  }
}

async function read({ order, ...ref }: ReadingOrder): Promise<void> {
  const known = findRecipe(ref);
  // Its problems were found where the configuration was read.
  known.plans ??= compileDocumentPlans(known.recipe, []);
  const { reply, moved } = isolateReading(readOrFree(order, await known.plans));
  parentPort?.postMessage(reply, listMemory(moved));
}

function readOrFree(order: ReadOrder, plans: DocumentPlans): ReadReply {
  try {
    const steps = runReadTask(order, { ...plans, heapBytes: findParsingHeap(), work: limitWork() });
    return { body: order.body, result: finishSteps(steps) };
  } catch (thrown) {
    freeMemory(order.body);
    throw thrown;
  }
}

function findRecipe({ recipeId, recipe }: RecipeRef): KnownRecipe {
  const known = recipes.get(recipeId);
  if (known !== undefined) return known;
  if (recipe === undefined) throw new Error(`there is no recipe ${recipeId}`);
  const added = { recipe };
  recipes.set(recipeId, added);
  return added;
}
