import type { AccessControl } from '../auth/access-control.js';
import type { Configuration } from '../config/load.js';
import type { LandingFacts } from '../server/pages/landing.js';

/** What the landing page says of the configuration in force. */
export function describeForPeople(
  configuration: Configuration,
  { version, access }: { readonly version: string; readonly access: AccessControl },
): LandingFacts {
  const { upstream, module, modules, targets, web } = configuration;
  const { httpClient, forwardsVerified } = modules.get(module)?.request ?? {};
  return {
    version,
    upstream: upstream.url?.href,
    module,
    passesCredentials:
      httpClient?.credential === undefined && (!access.consumesAuthorization || forwardsVerified === true),
    modules: [...modules.keys()],
    targets: targets.map((target) => target.name),
    telemetryPath: web.telemetryPath,
    lifecycle: web.enableLifecycle,
  };
}
