import { type Profiler, Session } from 'node:inspector';

/** Tells which parts of a script have run, each part once. */
export interface Coverage {
  /** How many parts ran since the last call that no call before had. */
  takeNew(): number;
  /** How many parts ran since the last call, without remembering them. */
  peekNew(): number;
  readonly parts: number;
  /** Code runs at its full speed from then on. */
  stop(): void;
}

/** Watches this thread: blocks of the scripts in `folder`, by V8's precise coverage. */
export function startCoverage(folder: string): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const seen = new Set<string>();
  const take = (remembers: boolean) => {
    let found = 0;
    session.post('Profiler.takePreciseCoverage', (error, reply) => {
      if (error !== null) throw error;
      for (const part of listParts(reply.result, folder)) {
        if (seen.has(part)) continue;
        found++;
        if (remembers) seen.add(part);
      }
    });
    return found;
  };
  return {
    takeNew: () => take(true),
    peekNew: () => take(false),
    get parts() {
      return seen.size;
    },
    stop: () => {
      session.post('Profiler.stopPreciseCoverage');
      session.post('Profiler.disable');
      session.disconnect();
    },
  };
}

function* listParts(scripts: readonly Profiler.ScriptCoverage[], folder: string): Generator<string> {
  for (const script of scripts) {
    if (!script.url.includes(folder)) continue;
    for (const { ranges } of script.functions) {
      for (const { startOffset, endOffset, count } of ranges)
        if (count > 0) yield `${script.scriptId} ${startOffset} ${endOffset}`;
    }
  }
}
