import { toConfigError } from '../config/load.js';
import type { DoorReading } from '../config/web/web-config-reading.js';
import { readWhole } from '../files/stable-read.js';
import type { DoorSpec } from '../model/access-policy.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { findChangeProblems, findListenerProblems, keepTrust } from './policy-change.js';
import { type LoadedDoor, listDoorFiles, loadDoorFiles } from './policy-files.js';

export interface DoorReloadOptions {
  /** What the listeners were made for. */
  readonly first: LoadedDoor;
  /** What is in force. */
  readonly inForce: () => LoadedDoor;
  /** The path of the web config file. */
  readonly configFile: string | undefined;
  /** Reads anew what the door is to be. Throws `config`. */
  readonly read: () => Promise<Pick<DoorReading, 'door' | 'warnings'>>;
  /** What modules have against a door. */
  readonly findConflicts: (spec: DoorSpec) => readonly Problem[];
  /** Brings a door into force that is another than the one before. */
  readonly apply: (door: LoadedDoor) => void;
  readonly observe: (isSuccessful: boolean) => void;
  readonly logger: Logger;
}

export interface DoorReload {
  /** Loads everything again. Throws what was wrong; what was in force stays in force then. */
  reload(): Promise<void>;
  /** The files that matter: of what is in force, and of what was read last, whether it came into force or not. */
  listFiles(): readonly string[];
}

/** Loads one state after another. The log has a line for each that cannot be loaded, however often it is tried. */
export function createDoorReload(options: DoorReloadOptions): DoorReload {
  const { inForce, logger } = options;
  let wanted: DoorSpec | undefined;
  let toldCause: string | undefined;
  let last: Promise<void> = Promise.resolve();

  const listFiles = () => {
    const specs = wanted === undefined ? [inForce().spec] : [inForce().spec, wanted];
    const named = specs.flatMap(listDoorFiles);
    return [...new Set(options.configFile === undefined ? named : [options.configFile, ...named])];
  };
  const load = async (): Promise<{ readonly next: LoadedDoor; readonly warnings: readonly Problem[] }> => {
    const { door, warnings } = await options.read();
    wanted = door;
    const problems: Problem[] = [];
    const next = door === undefined ? undefined : await loadDoorFiles(door, problems);
    if (door !== undefined) problems.push(...findChangeProblems(inForce().spec, door), ...options.findConflicts(door));
    if (next !== undefined) problems.push(...findListenerProblems(options.first, next));
    if (next === undefined || problems.length > 0) throw toConfigError(problems);
    return { next: { ...next, trust: keepTrust(inForce().trust, next.trust) }, warnings };
  };
  const reloadNow = async () => {
    try {
      const { next, warnings } = await readWhole(listFiles, load);
      options.observe(true);
      toldCause = undefined;
      if (next.fingerprint === inForce().fingerprint) return;
      options.apply(next);
      for (const { where, message, hint } of warnings) logger.warn(message, { where, hint });
      logger.info('the web configuration was loaded again');
    } catch (thrown) {
      options.observe(false);
      const { code, message, problems, hint } = toZxpError(thrown);
      tell(problems.map((each) => `${each.where} ${each.message}`).join('; ') || message, problems[0]?.hint ?? hint);
      throw new ZxpError(code, `${message}; the one before stays in force`, { cause: thrown, problems, hint });
    }
  };
  const tell = (cause: string, hint: string | undefined) => {
    if (cause === toldCause) return;
    toldCause = cause;
    logger.error('the web configuration was not loaded; the one before stays in force', { cause, hint });
  };
  return {
    listFiles,
    reload: () => {
      last = last.catch(() => undefined).then(reloadNow);
      return last;
    },
  };
}
