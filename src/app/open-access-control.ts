import type { AccessController, AccessControllerOptions } from '../auth/access-controller.js';
import { createNoAuth } from '../auth/no-auth.js';
import type { WebConfigReading, WebConfigSettings } from '../config/web/web-config-reading.js';
import type { Logger } from '../model/ports.js';
import { findForwardProblems, listSilentModules } from '../modules/forwarding.js';
import { findWorker } from '../workers/worker-url.js';
import type { Runtime } from './runtime.js';

export interface AccessPolicySource {
  /** Reads anew what guards zxp, and nothing else. Throws `config`. Without it that stays as it is in `configuration`. */
  readonly loadAccessPolicy?: (settings: WebConfigSettings) => Promise<Pick<WebConfigReading, 'access' | 'warnings'>>;
  readonly logger: Logger;
  /** How long between two looks at the files of the door; 2 s where it is not said. */
  readonly watchIntervalMs?: number;
}

const WATCH_INTERVAL_MS = 2000;

/** The door that the configuration says, if it says any; all that belongs to one is loaded only then. */
export async function openAccessControl(
  options: AccessPolicySource,
  state: { readonly runtime: Runtime },
  means: Pick<AccessControllerOptions, 'metrics' | 'onRefused'>,
): Promise<AccessController> {
  const { configuration, access: loaded } = state.runtime;
  if (loaded === undefined) return createNoAuth();
  const { createAccessController } = await import('../auth/access-controller.js');
  const { createPasswordWorker } = await import('../workers/password-worker.js');
  const silent = listSilentModules(configuration);
  if (silent.length > 0) {
    const hint = 'credentials of their own, or forward_verified: true, would change that';
    options.logger.info("scrapers' Authorization is for zxp alone: these modules ask without any", {
      modules: silent.join(' '),
      hint,
    });
  }
  return createAccessController({
    loaded,
    wallClock: () => Date.now(),
    passwords: createPasswordWorker(findWorker('bcrypt')),
    configFile: configuration.web.configFile,
    read: async () => (await options.loadAccessPolicy?.(configuration.web)) ?? configuration,
    findConflicts: (spec) => findForwardProblems(state.runtime.configuration.modules, spec),
    logger: options.logger,
    ...means,
    watchIntervalMs: options.watchIntervalMs ?? WATCH_INTERVAL_MS,
  });
}
