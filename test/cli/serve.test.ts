import { expect, test } from 'vitest';
import { serve } from '../../src/cli/serve.js';
import { loadConfiguration } from '../../src/config/load.js';
import { createContext } from '../support/cli-context.js';
import { MemoryStream } from '../support/memory-stream.js';

test('a hangup is handled before the start is logged, and one that comes by then reloads', async () => {
  const stderr = new MemoryStream();
  const log: string[] = [];
  let loads = 0;
  const load = async () => {
    loads++;
    const flags = { upstream: ['http://127.0.0.1:1'], 'web.listen-address': ['127.0.0.1:0'] };
    return loadConfiguration({ flags: new Map(Object.entries(flags)), environment: {} });
  };
  const stopping = new AbortController();
  const context = {
    ...createContext(),
    stderr,
    stopped: () => new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve())),
    onHangup: (listener: () => void) => {
      log.push(stderr.text);
      listener();
    },
  };
  const served = serve(context, load);
  await expect.poll(() => stderr.text, { timeout: 15_000 }).toContain('configuration reloaded');
  expect(log).toEqual(['']);
  expect(loads).toBe(2);
  stopping.abort();
  expect(await served).toBe(0);
});
