import { describeFiles } from './stable-read.js';

export interface FileWatchOptions {
  /** The files to look at, evaluated each time. */
  readonly listFiles: () => readonly string[] | Promise<readonly string[]>;
  /** Called when they have changed, and been still since, and once at the beginning. Must not reject. */
  readonly onChange: () => Promise<void>;
  /** Calls back after the interval, and gives what calls it off. */
  readonly wait: (callback: () => void) => () => void;
}

export interface FileWatch {
  close(): void;
}

/**
 * Looks at files again and again: what they are in the end, through all symbolic links. A change counts once two looks
 * after one another saw the same, so that nothing is read that is still being written.
 */
export function watchFiles({ listFiles, onChange, wait }: FileWatchOptions): FileWatch {
  let known: string | undefined;
  let seen: string | undefined;
  let isClosed = false;
  const look = async () => {
    const found = await describeFiles(await listFiles());
    if (found !== known && found === seen && !isClosed) {
      known = found;
      await onChange();
    }
    seen = found;
    if (!isClosed) cancel = wait(() => void look());
  };
  let cancel = wait(() => void look());
  return {
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}
