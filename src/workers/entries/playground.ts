import { parentPort } from 'node:worker_threads';
import type { PlaygroundTask } from '../../model/playground.js';
import { runPlaygroundTask } from '../evaluate.js';
import { packFailure } from '../messages.js';

parentPort?.on('message', (task: PlaygroundTask) => void answer(task));

async function answer(task: PlaygroundTask): Promise<void> {
  try {
    parentPort?.postMessage({ result: await runPlaygroundTask(task) });
  } catch (thrown) {
    parentPort?.postMessage(packFailure(thrown));
  }
}
