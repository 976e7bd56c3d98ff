import type { Configuration } from '../config/load.js';
import type { AccessPolicy } from '../model/access-policy.js';
import { consumesAuthorization } from '../model/credential-policy.js';
import type { Problem } from '../model/errors.js';
import type { ModuleSpec } from '../model/module.js';
import { isOfCaller } from './module-credentials.js';

/** What is wrong with `forward_verified`: it says nothing without a check, and nothing beside a credential. */
export function findForwardProblems(
  modules: ReadonlyMap<string, ModuleSpec>,
  access: AccessPolicy | undefined,
): readonly Problem[] {
  return [...modules.values()]
    .filter(({ request }) => request.forwardsVerified)
    .flatMap(({ where, request }) => {
      if (holdsAuthorization(request)) {
        const message = 'has forward_verified and a credential of its own';
        return [{ where, message, hint: 'keep one: the upstream gets one Authorization' }];
      }
      if (consumesAuthorization(access)) return [];
      const message = 'has forward_verified, and zxp has neither users nor tokens to verify anybody by';
      return [{ where, message, hint: 'leave it out: what the scraper sends is passed on without it' }];
    });
}

/** The modules that ask without any credentials because the door takes those of the scraper. */
export function listSilentModules({ access, modules, upstream, module }: Configuration): readonly string[] {
  if (!consumesAuthorization(access)) return [];
  const silent = [...modules.values()].filter(
    ({ request }) => !request.forwardsVerified && !holdsAuthorization(request),
  );
  const builtIn = upstream.url !== undefined && !modules.has(module) ? [module] : [];
  return [...builtIn, ...silent.map(({ name }) => name)];
}

function holdsAuthorization({ httpClient, headers }: ModuleSpec['request']): boolean {
  return !isOfCaller(httpClient.credential) || headers.some(([name]) => name.toLowerCase() === 'authorization');
}
