import type { FrontDoor, FrontDoorOptions } from '../auth/access-controller.js';
import { leaveOpen } from '../auth/no-auth.js';
import type { DoorReading, DoorSettings } from '../config/web/web-config-reading.js';
import type { Logger } from '../model/ports.js';
import { findForwardProblems, listSilentModules } from '../modules/forwarding.js';
import type { Runtime } from './runtime.js';

export interface DoorSource {
  /** Reads anew what guards zxp, and nothing else. Throws `config`. Without it that stays as it is in `configuration`. */
  readonly loadDoor?: (settings: DoorSettings) => Promise<Pick<DoorReading, 'door' | 'warnings'>>;
  readonly logger: Logger;
  /** How long between two looks at the files of the door; 2 s where it is not said. */
  readonly watchIntervalMs?: number;
}

const WATCH_INTERVAL_MS = 2000;

/** The door that the configuration says, if it says any; all that belongs to one is loaded only then. */
export async function openFrontDoor(
  options: DoorSource,
  state: { readonly runtime: Runtime },
  means: Pick<FrontDoorOptions, 'metrics' | 'onRefused'>,
): Promise<FrontDoor> {
  const { configuration, door: loaded } = state.runtime;
  if (loaded === undefined) return leaveOpen();
  const { createFrontDoor } = await import('../auth/access-controller.js');
  const silent = listSilentModules(configuration);
  if (silent.length > 0) {
    const hint = 'credentials of their own, or forward_verified: true, would change that';
    options.logger.info("scrapers' Authorization is for zxp alone: these modules ask without any", {
      modules: silent.join(' '),
      hint,
    });
  }
  return createFrontDoor({
    loaded,
    configFile: configuration.web.configFile,
    read: async () => (await options.loadDoor?.(configuration.web)) ?? configuration,
    findConflicts: (spec) => findForwardProblems(state.runtime.configuration.modules, spec),
    logger: options.logger,
    ...means,
    watchIntervalMs: options.watchIntervalMs ?? WATCH_INTERVAL_MS,
  });
}
