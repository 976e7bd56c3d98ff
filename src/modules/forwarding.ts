import type { Configuration } from '../config/load.js';
import type { AccessPolicy } from '../model/access-policy.js';
import {
  consumesAuthorization,
  decideForwarding,
  forwardsAuthorization,
  holdsAuthorization,
} from '../model/credential-policy.js';
import type { Problem } from '../model/errors.js';
import type { AuthSpec, ModuleSpec } from '../model/module.js';

/** What is wrong with `forward_verified`: it has no effect without authentication, or with a credential of the module. */
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
      const message = 'has forward_verified, and zxp has neither users nor tokens to verify callers with';
      return [
        { where, message, hint: 'remove it: without authentication, what the scraper sends is forwarded anyway' },
      ];
    });
}

/** The modules that send no credentials because zxp's own authentication consumes those of the scraper. */
export function listModulesWithoutCredentials({ access, modules, upstream, module }: Configuration): readonly string[] {
  if (!consumesAuthorization(access)) return [];
  const without = [...modules.values()].filter(
    ({ request, auth }) => auth === undefined && decideForwarding(request) === 'unless_consumed',
  );
  const builtIn = upstream.url !== undefined && !modules.has(module) ? [module] : [];
  return [...builtIn, ...without.map(({ name }) => name)];
}

/** Whether a caller's `Authorization` reaches the targets of a module with its own auth; undefined is a built-in one. */
export function reachesTarget(
  module: ModuleSpec | undefined,
  { isConsumed, auth }: { readonly isConsumed: boolean; readonly auth: AuthSpec | undefined },
): boolean {
  const forwarding = module === undefined ? 'unless_consumed' : decideForwarding(module.request, auth);
  return forwardsAuthorization(forwarding, isConsumed);
}

/** Whose credentials the targets of a module get, in one sentence for people; undefined is a built-in module. */
export function describeCredentials(
  module: ModuleSpec | undefined,
  { isConsumed, auth }: { readonly isConsumed: boolean; readonly auth: AuthSpec | undefined },
): string {
  const named = auth === undefined ? '' : `, as the auth ${auth.name} has it`;
  if (reachesTarget(module, { isConsumed, auth })) {
    return `Credentials of the scraper are forwarded to targets${named}; zxp keeps none.`;
  }
  const forwarding = module === undefined ? 'unless_consumed' : decideForwarding(module.request, auth);
  if (forwarding === 'unless_consumed') return 'Targets get no credentials: those of the scraper are for zxp alone.';
  if (auth === undefined && module !== undefined && !holdsAuthorization(module.request)) {
    return 'Targets get no credentials: the module forwards none.';
  }
  const kind = (auth ?? module?.request)?.httpClient.credential?.kind ?? 'header';
  return `Targets get credentials of the configuration (${kind})${named}, whoever scrapes.`;
}
