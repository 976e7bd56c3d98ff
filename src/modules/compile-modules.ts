import { createTurns } from '../async/turns.js';
import type { Configuration } from '../config/load.js';
import { noHttpClient } from '../config/modules/http-client.js';
import { findNearest } from '../config/nearest.js';
import { isName } from '../config/quotable.js';
import type { DiscoveryReader } from '../model/discovery.js';
import type { Problem } from '../model/errors.js';
import type { FetchPlan } from '../model/fetch-plan.js';
import type { LoginRecipe } from '../model/login.js';
import type { ModuleSpec } from '../model/module.js';
import type { Translator, Upstream } from '../model/ports.js';
import { builtInModules, PRESET_PREFIX } from '../model/presets.js';
import { finishTranslator, translators } from '../translate/registry.js';
import { compileDocumentPlans } from './document-plans.js';
import { checkCredentials } from './module-credentials.js';
import type { ModuleRecipe } from './module-recipe.js';
import { readPresets } from './presets/presets.js';
import { compileRequest, type RequestRenderer } from './request-template.js';

/** A module, ready to scrape with. */
export interface CompiledModule {
  readonly spec: ModuleSpec;
  readonly translator: Translator;
  readonly renderRequest: RequestRenderer;
  /** How to make what reads its documents again, in another thread. */
  readonly recipe: ModuleRecipe;
  readonly upstream: Upstream;
  /** Undefined where one request makes the document. */
  readonly plan: FetchPlan | undefined;
  /** For `/discover`; undefined where the module has no `discover`. */
  readonly discover: DiscoveryReader | undefined;
  readonly timeoutMs: number;
}

export interface ModuleFindings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** Opens the connections of a module, with its login and its fetch plan where it has them. */
export type OpenUpstream = (
  spec: ModuleSpec,
  compiled: Pick<CompiledModule, 'recipe' | 'plan' | 'discover'> & { readonly login: LoginRecipe | undefined },
) => Upstream;

/**
 * Compiles every module of the configuration, the built-in ones, and the presets that the configuration uses. Gives the
 * event loop its turn between modules.
 */
export async function compileModules(
  configuration: Configuration,
  context: { readonly openUpstream: OpenUpstream } & ModuleFindings,
): Promise<ReadonlyMap<string, CompiledModule>> {
  const modules = new Map<string, CompiledModule>();
  const replaced = builtInModules.filter((name) => configuration.modules.has(name));
  context.warnings.push(...replaced.map((name) => warnOfReplacement(name, configuration)));
  const specs = [
    ...builtInModules.filter((name) => !replaced.includes(name)).map(describeBuiltIn),
    ...configuration.modules.values(),
    ...(await readPresets(configuration)),
  ];
  const takeTurns = createTurns();
  for (const spec of specs) {
    await takeTurns();
    const dialect = spec.name.startsWith(PRESET_PREFIX) ? 'zxp' : configuration.dialect;
    const translator = await findTranslator(spec, { dialect }, context);
    const renderRequest = await compileRequest(spec.request, { problems: context.problems, dialect });
    const login = await findLogin(spec, context.problems);
    const { plan, discover } = await compileDocumentPlans(spec, context.problems);
    checkCredentials(spec, configuration, context);
    if (translator === undefined) continue;
    const timeoutMs = spec.timeoutMs ?? configuration.scrape.timeoutMs;
    const { mapping, failIf, pages, follow } = spec;
    const recipe = { translator: spec.translator, mapping, failIf, dialect, pages, follow, discover: spec.discover };
    const upstream = context.openUpstream(spec, { login, recipe, plan, discover });
    modules.set(spec.name, { spec, translator, recipe, renderRequest, upstream, plan, discover, timeoutMs });
  }
  return modules;
}

function warnOfReplacement(name: string, { modules }: Pick<Configuration, 'modules'>): Problem {
  const message = `replaces the built-in module ${name}`;
  return { where: modules.get(name)?.where ?? '', message, hint: 'rename it if that is not meant' };
}

/** A module that is a translator and nothing else. */
function describeBuiltIn(name: string): ModuleSpec {
  return {
    name,
    where: `module ${name}`,
    translator: name,
    mapping: { format: 'json', decode: [], metrics: [], staticLabels: [], only: [], drop: [], isStrict: false },
    request: {
      headers: [],
      params: [],
      body: undefined,
      forwardHeaders: [],
      forwardsAuthorization: true,
      forwardsVerified: false,
      validStatusCodes: [],
      httpClient: noHttpClient,
    },
    failIf: [],
    timeoutMs: undefined,
    policy: { minIntervalMs: undefined, staleOnErrorMs: undefined, coalesces: false, budget: undefined },
    maxConnections: undefined,
    allow: undefined,
    auth: undefined,
    pages: undefined,
    follow: undefined,
    discover: undefined,
  };
}

/** What only compiling modules finds wrong with them: paths, patterns, templates, names. */
export async function findModuleProblems(
  file: Pick<Configuration, 'modules' | 'dialect'>,
): Promise<readonly Problem[]> {
  const findings: ModuleFindings = { problems: [], warnings: [] };
  for (const spec of file.modules.values()) {
    await findTranslator(spec, file, findings);
    await compileRequest(spec.request, { ...findings, dialect: file.dialect });
    await findLogin(spec, findings.problems);
    await compileDocumentPlans(spec, findings.problems);
  }
  return findings.problems;
}

async function findLogin({ request }: ModuleSpec, problems: Problem[]): Promise<LoginRecipe | undefined> {
  const { credential } = request.httpClient;
  if (credential?.kind !== 'login') return undefined;
  const { compileLogin } = await import('./login.js');
  return compileLogin(credential, problems);
}

async function findTranslator(
  spec: ModuleSpec,
  configuration: Pick<Configuration, 'dialect'>,
  findings: ModuleFindings,
): Promise<Translator | undefined> {
  const translator = await findUnchecked(spec, configuration, findings);
  return translator === undefined ? undefined : finishTranslator(translator, spec, findings.problems);
}

async function findUnchecked(
  spec: ModuleSpec,
  { dialect }: Pick<Configuration, 'dialect'>,
  { problems, warnings }: ModuleFindings,
): Promise<Translator | undefined> {
  const factory = translators.get(spec.translator);
  if (factory === undefined) {
    const nearest = findNearest(spec.translator, translators.keys());
    const hint = nearest === undefined ? `known: ${[...translators.keys()].join(', ')}` : `did you mean ${nearest}?`;
    problems.push({
      where: spec.where,
      message: `unknown translator${isName(spec.translator) ? ` "${spec.translator}"` : ''}`,
      hint,
    });
    return undefined;
  }
  const compiled = await factory.create({ ...spec, dialect });
  problems.push(...compiled.problems);
  warnings.push(...compiled.warnings);
  return compiled.translator;
}
