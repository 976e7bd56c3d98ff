import { loadPolicyFiles } from '../auth/policy-files.js';
import type { Configuration } from '../config/load.js';
import type { Problem } from '../model/errors.js';
import { findModuleProblems } from '../modules/compile-modules.js';
import { findForwardProblems } from '../modules/forwarding.js';

/** What only a start would find wrong with a configuration that has problems already: in modules and files of access control. */
export async function findDeferredProblems(configuration: Configuration): Promise<readonly Problem[]> {
  const { modules, access } = configuration;
  const problems = [...(await findModuleProblems(configuration)), ...findForwardProblems(modules, access)];
  if (access !== undefined) await loadPolicyFiles(access, problems);
  return problems;
}
