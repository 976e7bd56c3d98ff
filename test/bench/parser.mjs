/** The process that only parses, seen from the bench. */
import { once } from 'node:events';
import { startNode, stop } from './processes.mjs';
import { parserCommand } from './servers/commands.mjs';

/** `parse(minMs)` gives the CPU seconds of one JSON.parse of the file's text. */
export async function startParser(file) {
  const child = startNode(parserCommand(file), { ipc: true });
  await once(child, 'message');
  return {
    pid: child.pid,
    parse: async (minMs) => {
      child.send({ minMs });
      const [{ cpuMs }] = await once(child, 'message');
      return cpuMs / 1000;
    },
    stop: () => stop(child),
  };
}
