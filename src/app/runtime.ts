import { type LoadedPolicy, loadPolicyFiles, openPolicy } from '../auth/policy-files.js';
import { type Configuration, toConfigError } from '../config/load.js';
import { findFileProblems } from '../config/named-files.js';
import { findNearest } from '../config/nearest.js';
import { orderByPlace } from '../config/place.js';
import { readCertificates } from '../files/ca-certificates.js';
import type { Problem, ZxpError } from '../model/errors.js';
import { PRESET_PREFIX, presetNames } from '../model/presets.js';
import { compileAuths } from '../modules/auths.js';
import { type CompiledModule, compileModules, type OpenUpstream } from '../modules/compile-modules.js';
import { findForwardProblems } from '../modules/forwarding.js';
import type { RenderPool } from '../workers/pool.js';
import { type ModuleDocuments, openModuleDocuments } from './module-documents.js';
import { type BudgetStore, createBudgetStore, createUpstreams } from './open-upstreams.js';
import { createScrapePlans, type ScrapePlans } from './scrape-plans.js';

/** Everything that is made of one configuration: collectors, the connections behind them, access control. */
export interface Runtime extends ScrapePlans {
  readonly configuration: Configuration;
  /** Access control with its files; undefined where it was not to be read. */
  readonly access: LoadedPolicy | undefined;
  /** What may be a mistake, and prevents nothing. */
  readonly warnings: readonly Problem[];
  /** Those of the configuration, and those that every configuration has. */
  readonly moduleNames: readonly string[];
  /** Lets requests under way end, then closes every connection. */
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly configuration: Configuration;
  readonly version: string;
  /** For proxies that the environment names; none where it is not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told of certificate files that are invalid after a change; the previous ones stay active. */
  readonly onUnusableFiles?: (error: ZxpError) => void;
  /** Takes large documents; without it they are rendered in this thread. */
  readonly renderPool?: RenderPool;
  /** Where request budgets are kept from one runtime to the next. */
  readonly budgets?: BudgetStore;
  /** Milliseconds since 1970, for uptimes; the machine's clock where it is not given. */
  readonly wallClock?: () => number;
  /** Whether there is something to scrape without `--upstream`, `modules` and `targets`. */
  readonly isSourceGiven?: boolean;
  /** Whether the files of access control are read as well. */
  readonly hasAccessControl?: boolean;
  /** Whether a file of a module that cannot be read is a problem; otherwise a warning, and its scrapes fail. */
  readonly refusesUnreadableFiles?: boolean;
}

/** Makes a runtime, or throws `config` with every problem. Opens no connection yet. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { configuration } = options;
  const problems: Problem[] = [];
  const warnings: Problem[] = [...configuration.warnings];
  const extraCa = await readCertificates(configuration.upstream.caFile, problems);
  const upstreams = createUpstreams({
    configuration,
    version: options.version,
    environment: options.environment ?? {},
    extraCa,
    budgets: options.budgets ?? createBudgetStore(),
    onUnusableFiles: options.onUnusableFiles,
  });
  const documents = new Map<string, ModuleDocuments>();
  const openUpstream: OpenUpstream = (spec, compiled) => {
    const opened = openModuleDocuments(compiled, { pool: options.renderPool, limits: configuration.limits });
    documents.set(spec.name, opened);
    return upstreams.open(spec, { ...compiled, read: opened.read });
  };
  const modules = await compileModules(configuration, { openUpstream, problems, warnings });
  const auths = await compileAuths(configuration, problems);
  checkModule(configuration, modules, problems);
  const unreadable = await findFileProblems(configuration.file.namedFiles);
  (options.refusesUnreadableFiles === true ? problems : warnings).push(...unreadable);
  if (options.isSourceGiven !== true) {
    checkSource(configuration, problems);
    problems.push(...findForwardProblems(configuration.modules, configuration.access));
  }
  const access = options.hasAccessControl === true ? await loadAccessPolicy(configuration, problems) : undefined;
  if (problems.length > 0) throw toConfigError(problems);
  const { wallClock = Date.now } = options;
  return {
    configuration,
    access,
    warnings: orderByPlace(warnings),
    moduleNames: [...modules.keys()],
    ...createScrapePlans({ configuration, wallClock }, { modules, auths, upstreams, documents }),
    close: async () => {
      await upstreams.close();
      for (const each of documents.values()) each.close();
    },
  };
}

async function loadAccessPolicy({ access }: Configuration, problems: Problem[]): Promise<LoadedPolicy | undefined> {
  return loadPolicyFiles(access ?? openPolicy, problems);
}

function checkModule(
  configuration: Configuration,
  modules: ReadonlyMap<string, CompiledModule>,
  problems: Problem[],
): void {
  const { module } = configuration;
  if (modules.has(module) || configuration.modules.has(module)) return;
  const preset = presetNames.find((name) => name === PRESET_PREFIX + module);
  const nearest = preset ?? findNearest(module, [...modules.keys(), ...presetNames]);
  const hint = nearest === undefined ? `there is ${[...modules.keys()].join(', ')}` : `did you mean ${nearest}?`;
  problems.push({ where: '--module', message: `names no module: "${module}"`, hint });
}

function checkSource({ upstream, modules, targets }: Configuration, problems: Problem[]): void {
  if (upstream.url !== undefined || modules.size > 0 || targets.length > 0) return;
  const hint = 'zxp --upstream http://registry:8080, or zxp demo to see it work';
  problems.push({ where: '--upstream', message: 'is not set', hint });
}
