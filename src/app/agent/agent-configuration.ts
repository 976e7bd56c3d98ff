import type { Configuration } from '../../config/load.js';
import { AGENT_BODY_BYTES } from '../../config/tunnel/defaults.js';
import type { Problem } from '../../model/errors.js';
import type { ModuleSpec } from '../../model/module.js';
import type { AgentSpec } from '../../model/tunnel.js';
import { toModuleTargets } from './targets.js';

/** The configuration of an agent: settings and modules as the exporter has them, and its side of the tunnel. */
export interface AgentConfiguration {
  readonly settings: Configuration;
  readonly spec: AgentSpec;
  /** Bytes of a target's response at most; undefined where nothing sets it. */
  readonly bodyBytes: number | undefined;
  /** Files that `include` names, as they are now. Never rejects. */
  readonly listIncluded: () => Promise<readonly string[]>;
  readonly warnings: readonly Problem[];
}

/** Bytes that a path may respond with. */
export function toMaxBodyBytes({ bodyBytes }: AgentConfiguration): number {
  return bodyBytes ?? AGENT_BODY_BYTES;
}

/** What the modules of an agent are compiled from: the paths that name one are their targets. */
export function toModuleConfiguration({ settings, spec }: AgentConfiguration): Configuration {
  const modules = spec.trustAllX509
    ? new Map([...settings.modules].map(([name, module]) => [name, trustAnybody(module)]))
    : settings.modules;
  return {
    ...settings,
    modules,
    targets: toModuleTargets(spec.paths),
    scrape: { ...settings.scrape, timeoutMs: spec.scrapeTimeoutMs },
  };
}

function trustAnybody(module: ModuleSpec): ModuleSpec {
  const { request } = module;
  const { httpClient } = request;
  const tls = { ...httpClient.tls, insecureSkipVerify: true };
  return { ...module, request: { ...request, httpClient: { ...httpClient, tls } } };
}
