import { type FileWatch, watchFiles } from '../files/file-watcher.js';
import { describeFiles } from '../files/stable-read.js';

const WATCH_INTERVAL_MS = 2000;

export interface AutoReloadOptions {
  /** The files to look at, evaluated each time. */
  readonly listFiles: () => readonly string[] | Promise<readonly string[]>;
  /** Of the files when they were last read, by `describeFiles`; who reads them by another reload may note it here. */
  readonly known: { state: string };
  /** Logs what goes wrong. */
  readonly reload: () => Promise<void>;
  /** How long between two looks; 2 s by default. */
  readonly watchIntervalMs?: number | undefined;
}

/** Reloads when a file differs from what was last read, until it is closed: `--config.auto-reload`, and files of tunnels. */
export function reloadOnChange({ listFiles, known, reload, watchIntervalMs }: AutoReloadOptions): FileWatch {
  const onChange = async () => {
    const found = await describeFiles(await listFiles());
    if (found === known.state) return;
    known.state = found;
    await reload().catch(() => undefined);
  };
  return watchFiles({ listFiles, onChange, wait: createWait(watchIntervalMs) });
}

/** How watches wait between two looks, without keeping the process alive. */
export function createWait(intervalMs = WATCH_INTERVAL_MS): (callback: () => void) => () => void {
  return (callback) => {
    const timer = setTimeout(callback, intervalMs).unref();
    return () => clearTimeout(timer);
  };
}
