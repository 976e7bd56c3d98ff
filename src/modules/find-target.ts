import type { Configuration } from '../config/load.js';
import { targetUrl } from '../config/modules/target-url.js';
import { ZxpError } from '../model/errors.js';
import type { TargetSpec } from '../model/module.js';
import { presetNames } from '../model/presets.js';
import { parseUrl } from '../model/url.js';
import { isRefusedHost } from '../net/blocked-addresses.js';
import { nameOrigin } from '../net/local-url.js';
import { type CompiledAuth, findAuth } from './auths.js';
import type { CompiledModule } from './compile-modules.js';
import { listOwnOrigins, matchesLocal, matchesOrigin } from './origins.js';

/** What `/probe` is to ask, and how. */
export interface Probe {
  readonly url: URL;
  readonly module: CompiledModule;
  /** In place of the module's own credentials. */
  readonly auth: CompiledAuth | undefined;
  /** Whether the configuration says nothing of the target: the module may request any. */
  readonly isUnrestricted: boolean;
}

/** Finds what the parameters of `/probe` name. Throws `request` (400) for what is no target, `refused` (403) for one that may not be. */
export function findProbe(
  query: URLSearchParams,
  context: {
    readonly configuration: Configuration;
    readonly modules: ReadonlyMap<string, CompiledModule>;
    readonly auths: ReadonlyMap<string, CompiledAuth>;
  },
): Probe {
  const { configuration } = context;
  refuseRepeated(query);
  const name = query.get('target') ?? '';
  const named = configuration.targets.find((target) => target.name === name);
  const module = findModule(query.get('module') ?? '', named, context);
  const choose = (url: URL) => findAuth({ query, url, target: named, module: module.spec }, context);
  if (named !== undefined) return { url: named.url, module, auth: choose(named.url), isUnrestricted: false };
  const url = readTarget(name, configuration.targets);
  const isUnrestricted = checkAllowed(url, module, configuration) === 'unrestricted';
  return { url, module, auth: choose(url), isUnrestricted };
}

/** Of two, a reader and a policy in front of zxp might take different ones. */
function refuseRepeated(query: URLSearchParams): void {
  for (const name of ['target', 'module']) {
    if (query.getAll(name).length < 2) continue;
    throw new ZxpError('request', `the parameter ${name} is given twice`, { hint: 'keep one' });
  }
}

function findModule(
  asked: string,
  named: TargetSpec | undefined,
  { configuration, modules }: { configuration: Configuration; modules: ReadonlyMap<string, CompiledModule> },
): CompiledModule {
  const name = asked === '' ? (named?.module ?? configuration.probeModule) : asked;
  const module = modules.get(name);
  if (module === undefined && presetNames.includes(name)) {
    throw new ZxpError('refused', `no target of the configuration has the module ${name}`, {
      hint: `name it under targets: { name: NAME, url: URL, module: ${name} }`,
    });
  }
  if (module === undefined) {
    const known = [...modules.keys()].join(', ');
    throw new ZxpError('request', `there is no module ${JSON.stringify(name)}`, { hint: `module is one of ${known}` });
  }
  if (named !== undefined && module.spec.name !== named.module) {
    throw new ZxpError('request', `the target ${named.name} belongs to the module ${named.module}`, {
      hint: 'leave module out',
    });
  }
  return module;
}

function readTarget(text: string, targets: readonly TargetSpec[]): URL {
  if (text === '') throw new ZxpError('request', 'the parameter target is missing', { hint: hintTarget(targets) });
  const url = targetUrl.read(text);
  if (url === undefined) throw noTarget(targets);
  return url;
}

function noTarget(targets: readonly TargetSpec[]): ZxpError {
  const message = `the target is not ${targetUrl.expected}, and no name`;
  return new ZxpError('request', message, { hint: hintTarget(targets) });
}

function hintTarget(targets: readonly TargetSpec[]): string {
  const names = targets.map((target) => target.name).join(', ');
  return names === '' ? '/probe?target=http://host/path' : `a URL, or one of ${names}`;
}

/**
 * Named targets, the upstream and what the module allows; where a json_exporter file says nothing, any of the web but
 * refused ones. For a module that has nothing of this machine, a file or socket is no target at all.
 */
function checkAllowed(url: URL, { spec }: CompiledModule, configuration: Configuration): 'restricted' | 'unrestricted' {
  const { allow = [] } = spec;
  const own = listOwnOrigins(spec, configuration);
  if (own.includes(nameOrigin(url))) return 'restricted';
  if (isLocal(url.href)) {
    if (allow.some((pattern) => matchesLocal(url, pattern))) return 'restricted';
    if (![...own, ...allow].some(isLocal)) throw noTarget(configuration.targets);
  } else {
    if (allowsOrigin(url, allow)) return 'restricted';
    const isOpen =
      configuration.dialect === 'json_exporter' && spec.allow === undefined && spec.translator === 'mapping';
    if (isOpen && !isRefusedHost(url.hostname)) return 'unrestricted';
  }
  throw new ZxpError('refused', `the module ${spec.name} may not request this target`, {
    hint: `add ${isLocal(url.href) ? 'it' : 'its origin'} to the module's allow list, or name it under targets`,
  });
}

/** A file or a socket, as URLs and `nameOrigin` have it. */
function isLocal(url: string): boolean {
  return /^(file|unix):/.test(url);
}

/** A refused address must stand there itself. */
function allowsOrigin(url: URL, allow: readonly string[]): boolean {
  if (!allow.some((pattern) => matchesOrigin(url, pattern))) return false;
  if (!isRefusedHost(url.hostname)) return true;
  return allow.some((pattern) => parseUrl(pattern)?.hostname === url.hostname);
}
