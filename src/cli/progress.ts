import type { CliContext } from './context.js';

/** Nobody needs to be told of what is over by then. */
const QUIET_MS = 1000;
const STEP_MS = 500;

/** Runs work; while it takes long, a terminal on standard error shows what it is and for how long. */
export async function withProgress<T>(stderr: CliContext['stderr'], label: string, work: () => Promise<T>): Promise<T> {
  if (stderr.isTTY !== true) return work();
  const startMs = performance.now();
  let isShown = false;
  const timer = setInterval(() => {
    const seconds = (performance.now() - startMs) / 1000;
    if (seconds * 1000 < QUIET_MS) return;
    isShown = true;
    stderr.write(`\r\x1b[K${clip(`${label} ... ${seconds.toFixed(0)} s`, stderr.columns)}`);
  }, STEP_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (isShown) stderr.write('\r\x1b[K');
  }
}

/** A line that wraps could not be taken back. */
function clip(line: string, columns = 80): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 4))}...`;
}
