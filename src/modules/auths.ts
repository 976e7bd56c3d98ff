import type { Configuration } from '../config/load.js';
import { findNearest } from '../config/nearest.js';
import { consumesAuthorization } from '../model/credential-policy.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { LoginRecipe } from '../model/login.js';
import type { AuthSpec, ModuleSpec, TargetSpec } from '../model/module.js';
import { parseUrl } from '../model/url.js';
import { isRefusedHost } from '../net/blocked-addresses.js';
import { nameOrigin } from '../net/local-url.js';
import { matchesOrigin } from './origins.js';

/** An auth of the configuration, ready to use; a login comes with its recipe. */
export interface CompiledAuth {
  readonly spec: AuthSpec;
  readonly login: LoginRecipe | undefined;
}

/** Compiles the auths of a configuration. What is wrong with one, or with where it would go, is a problem. */
export async function compileAuths(
  configuration: Configuration,
  problems: Problem[],
): Promise<ReadonlyMap<string, CompiledAuth>> {
  const compiled = new Map<string, CompiledAuth>();
  for (const spec of configuration.auths.values()) {
    const { credential } = spec.httpClient;
    const login = credential?.kind === 'login' ? await loadLogin(credential, problems) : undefined;
    compiled.set(spec.name, { spec, login });
    problems.push(...findAuthProblems(spec, configuration));
  }
  for (const module of configuration.modules.values()) problems.push(...findModuleAuthProblems(module, configuration));
  return compiled;
}

async function loadLogin(
  credential: Extract<AuthSpec['httpClient']['credential'], { kind: 'login' }>,
  problems: Problem[],
): Promise<LoginRecipe> {
  const { compileLogin } = await import('./login.js');
  return compileLogin(credential, problems);
}

function findAuthProblems(spec: AuthSpec, { access, targets }: Configuration): readonly Problem[] {
  const { where, forward, forwardVerified, httpClient } = spec;
  const problems: Problem[] = [];
  if (forward && !forwardVerified && consumesAuthorization(access)) {
    const message = 'forward: true forwards nothing: zxp takes Authorization for itself';
    problems.push({ where, message, hint: 'forward_verified: true forwards it all the same' });
  }
  const { credential } = httpClient;
  if (credential?.kind === 'login' && typeof credential.url !== 'string') {
    const { url } = credential;
    const isNamed = targets.some((target) => target.auth === spec.name && target.url.origin === url.origin);
    if (!isNamed && !allowsOrigin(spec, url)) {
      const hint = `list its origin: allow: ["${url.origin}"], or give a path on the target's own origin`;
      problems.push({ where: credential.where, message: 'url is not in allow of the auth', hint });
    }
  }
  return problems;
}

/** A module's own auth must be allowed to go where the configuration itself sends it. */
function findModuleAuthProblems(module: ModuleSpec, configuration: Configuration): readonly Problem[] {
  const auth = module.auth === undefined ? undefined : configuration.auths.get(module.auth);
  if (auth === undefined) return [];
  const { upstream, targets } = configuration;
  const isUpstream = upstream.url !== undefined && configuration.module === module.name;
  const urls = [
    ...(isUpstream && upstream.url !== undefined ? [upstream.url] : []),
    ...targets.filter((target) => target.module === module.name && target.auth === undefined).map(({ url }) => url),
  ];
  const refused = urls.find((url) => !allowsOrigin(auth, url) && !isNamedTarget(auth, url, targets));
  if (refused === undefined) return [];
  const message = `the auth ${auth.name} may not go to ${nameOrigin(refused)}`;
  return [
    { where: module.where, message, hint: 'add its origin to allow of the auth, or name the auth in the target' },
  ];
}

/** What chooses an auth: the query of `/probe`, the target, the module. */
export interface AuthRequest {
  readonly query: URLSearchParams | undefined;
  readonly url: URL;
  readonly target: TargetSpec | undefined;
  readonly module: ModuleSpec;
}

/**
 * Finds the auth of a request: that of the query, else of the target, else of the module; undefined for none. Throws
 * `request` (400) for one that is unknown or given twice, `refused` (403) for one that may not go to this target. In a
 * file without `auths` the parameter is one like any other.
 */
export function findAuth(
  { query, url, target, module }: AuthRequest,
  {
    auths,
    configuration,
  }: { readonly auths: ReadonlyMap<string, CompiledAuth>; readonly configuration: Configuration },
): CompiledAuth | undefined {
  if (auths.size === 0) return undefined;
  const name = readAuthName(query) ?? target?.auth ?? module.auth;
  if (name === undefined) return undefined;
  const auth = auths.get(name);
  if (auth === undefined) {
    throw new ZxpError('request', 'unknown auth', { hint: `auth is one of ${[...auths.keys()].join(', ')}` });
  }
  if (target?.auth !== undefined && target.auth !== name) {
    throw new ZxpError('refused', `the target ${target.name} is requested with the auth ${target.auth} only`, {
      hint: 'leave auth out',
    });
  }
  if (target?.auth === name || isNamedTarget(auth.spec, url, configuration.targets, module)) return auth;
  if (allowsOrigin(auth.spec, url)) return auth;
  throw new ZxpError('refused', `the auth ${name} may not go to this target`, {
    hint: "add the target's origin to allow of the auth, or name the auth in the target",
  });
}

/**
 * The same for a command line, which may name an auth. Throws `usage` for one that is unknown, or that may not go to this
 * target: whoever has the configuration has its secrets, and a slip of the pen sends them elsewhere all the same.
 */
export function chooseAuth(
  name: string | undefined,
  request: Omit<AuthRequest, 'query'>,
  context: Parameters<typeof findAuth>[1],
): CompiledAuth | undefined {
  if (name === undefined) return findAuth({ ...request, query: undefined }, context);
  const names = [...context.auths.keys()];
  if (!names.includes(name)) throw unknownAuth(names, name);
  try {
    return findAuth({ ...request, query: new URLSearchParams({ auth: name }) }, context);
  } catch (thrown) {
    const { message, hint } = toZxpError(thrown);
    throw new ZxpError('usage', message, { hint: hint?.replace(/^leave auth/, 'leave --auth') });
  }
}

function unknownAuth(names: readonly string[], name: string): ZxpError {
  if (names.length === 0) {
    const hint = 'name a config file that has auths: --config.file FILE';
    return new ZxpError('usage', '--auth: the configuration has no auths', { hint });
  }
  const nearest = findNearest(name, names);
  const hint = nearest === undefined ? `--auth is one of ${names.join(', ')}` : `did you mean ${nearest}?`;
  return new ZxpError('usage', `--auth: unknown auth ${JSON.stringify(name)}`, { hint });
}

function readAuthName(query: URLSearchParams | undefined): string | undefined {
  const names = query?.getAll('auth') ?? [];
  if (names.length > 1) throw new ZxpError('request', 'the parameter auth is given twice', { hint: 'keep one' });
  return names[0] === '' ? undefined : names[0];
}

/** Whether this very URL is a target of the configuration that names the auth, of the module where one is given. */
function isNamedTarget(auth: AuthSpec, url: URL, targets: readonly TargetSpec[], module?: ModuleSpec): boolean {
  return targets.some(
    (target) =>
      target.auth === auth.name &&
      target.url.href === url.href &&
      (module === undefined || target.module === module.name),
  );
}

/** Exact origins and wildcards; an address that is refused elsewhere must be listed itself. */
function allowsOrigin({ allow = [] }: AuthSpec, url: URL): boolean {
  const origins = allow.filter((pattern) => matchesOrigin(url, pattern) || isSameLocal(url, pattern));
  if (origins.length === 0) return false;
  if (!isRefusedHost(url.hostname)) return true;
  return origins.some((pattern) => parseUrl(pattern)?.hostname === url.hostname);
}

function isSameLocal(url: URL, pattern: string): boolean {
  const allowed = parseUrl(pattern);
  return url.protocol === 'unix:' && allowed !== undefined && nameOrigin(allowed) === nameOrigin(url);
}
