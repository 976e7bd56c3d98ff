import { loadPolicyFiles } from '../auth/policy-files.js';
import type { Configuration } from '../config/load.js';
import type { Problem } from '../model/errors.js';
import { findModuleProblems } from '../modules/compile-modules.js';
import { findForwardProblems } from '../modules/forwarding.js';

/**
 * What only a start would find wrong with a configuration that has these problems already: in modules and files of access
 * control. A web config file that could not be read leaves open which clients it allows.
 */
export async function findDeferredProblems(
  configuration: Configuration,
  known: readonly Problem[],
): Promise<readonly Problem[]> {
  const { modules, access, web } = configuration;
  const isAccessKnown = web.configFile === undefined || !known.some(({ where }) => isInFile(where, web.configFile));
  const problems = [
    ...(await findModuleProblems(configuration)),
    ...(isAccessKnown ? findForwardProblems(modules, access) : []),
  ];
  if (access !== undefined) await loadPolicyFiles(access, problems);
  return problems;
}

function isInFile(where: string, path: string | undefined): boolean {
  return path !== undefined && (where === path || where.startsWith(`${path}:`));
}
