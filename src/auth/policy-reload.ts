import { toConfigError } from '../config/load.js';
import type { WebConfigReading } from '../config/web/web-config-reading.js';
import { readWhole } from '../files/stable-read.js';
import type { AccessPolicy } from '../model/access-policy.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { findChangeProblems, findListenerProblems, keepTrust } from './policy-change.js';
import { type LoadedPolicy, listPolicyFiles, loadPolicyFiles } from './policy-files.js';

export interface PolicyReloadOptions {
  /** What the listeners were made for. */
  readonly first: LoadedPolicy;
  /** What is in force. */
  readonly active: () => LoadedPolicy;
  /** The path of the web config file. */
  readonly configFile: string | undefined;
  /** Reads anew what the door is to be. Throws `config`. */
  readonly read: () => Promise<Pick<WebConfigReading, 'access' | 'warnings'>>;
  /** What modules have against a door. */
  readonly findConflicts: (spec: AccessPolicy) => readonly Problem[];
  /** Brings a door into force that is another than the one before. */
  readonly apply: (access: LoadedPolicy) => void;
  readonly observe: (isSuccessful: boolean) => void;
  readonly logger: Logger;
}

export interface PolicyReload {
  /** Loads everything again. Throws what was wrong; what was in force stays in force then. */
  reload(): Promise<void>;
  /** The files that matter: of what is in force, and of what was read last, whether it came into force or not. */
  listFiles(): readonly string[];
}

/** Loads one state after another. The log has a line for each that cannot be loaded, however often it is tried. */
export function createPolicyReload(options: PolicyReloadOptions): PolicyReload {
  const { active, logger } = options;
  let wanted: AccessPolicy | undefined;
  let toldCause: string | undefined;
  let last: Promise<void> = Promise.resolve();

  const listFiles = () => {
    const specs = wanted === undefined ? [active().spec] : [active().spec, wanted];
    const named = specs.flatMap(listPolicyFiles);
    return [...new Set(options.configFile === undefined ? named : [options.configFile, ...named])];
  };
  const load = async (): Promise<{ readonly next: LoadedPolicy; readonly warnings: readonly Problem[] }> => {
    const { access, warnings } = await options.read();
    wanted = access;
    const problems: Problem[] = [];
    const next = access === undefined ? undefined : await loadPolicyFiles(access, problems);
    if (access !== undefined)
      problems.push(...findChangeProblems(active().spec, access), ...options.findConflicts(access));
    if (next !== undefined) problems.push(...findListenerProblems(options.first, next));
    if (next === undefined || problems.length > 0) throw toConfigError(problems);
    return { next: { ...next, trust: keepTrust(active().trust, next.trust) }, warnings };
  };
  const reloadNow = async () => {
    try {
      const { next, warnings } = await readWhole(listFiles, load);
      options.observe(true);
      toldCause = undefined;
      if (next.fingerprint === active().fingerprint) return;
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
