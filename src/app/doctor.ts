import type { Configuration } from '../config/load.js';
import { findNearest } from '../config/nearest.js';
import type { Diagnosis, Exposition } from '../diagnose/diagnosis.js';
import { examineConfiguration, examineScrape } from '../diagnose/examine.js';
import { type Paint, renderDiagnosis, toJsonDiagnosis } from '../diagnose/render.js';
import { findRefusal } from '../exposition/refusals.js';
import type { ScrapeRegistry } from '../exposition/scrape-registry.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import type { FormatName } from '../model/metrics.js';
import type { HeaderList } from '../model/ports.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import { createOwnTextMasker, listSentSecrets } from '../net/masking.js';
import { createRuntime, type Runtime } from './runtime.js';
import { createScraper, type PreparedScrape } from './scrape-plans.js';
import { findSourceHint, findUselessHeaders, hintScheme, readSourceUrl } from './scrape-source.js';

export interface DoctorOptions {
  /** A URL, the name of a configured target, or `upstream` for the configured one. */
  readonly target: string;
  readonly configuration: Configuration;
  /** The module that the command line names; undefined where it names none. */
  readonly module: string | undefined;
  /** The name of an auth, in place of the credentials of the target and its module. */
  readonly auth?: string | undefined;
  readonly headers: HeaderList;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Scrapes a target once, as the daemon would, and says how each step went. Throws `usage` for a target that there is not,
 * and `config` for a configuration that cannot be used, with every problem.
 */
export async function diagnoseTarget(options: DoctorOptions): Promise<Diagnosis> {
  const { configuration, headers, target } = options;
  const runtime = await createRuntime({ ...options, isSourceGiven: true });
  try {
    const prepared = prepareTarget(runtime, options);
    const { collector, module } = prepared;
    const { registry, outcome } = await createScraper()(collector, { headers });
    const trace = outcome.trace?.();
    const secrets = listSentSecrets({ url: collector.url, headers: [...headers, ...(outcome.fetched?.sent ?? [])] });
    return examineScrape({
      target,
      url: collector.url,
      module,
      outcome,
      sourceHint: outcome.reason && findSourceHint(outcome.reason, { prepared, options }),
      nowMs: Date.now(),
      trace,
      configuration: {
        description: describeConfiguration(configuration, module),
        warnings: [...runtime.warnings, ...findProbeWarnings(runtime, prepared, options)],
      },
      mask: createOwnTextMasker(new Set(secrets)),
      bringsAuthorization: headers.some(([name]) => name === 'authorization'),
      conditions: configuration.modules.get(module)?.failIf.length ?? 0,
      exposition: await writeOnce(registry, outcome),
    });
  } finally {
    await runtime.close();
  }
}

function prepareTarget(runtime: Runtime, { target, configuration, module, auth }: DoctorOptions): PreparedScrape {
  const named = refuseAsUsage(() => runtime.planTarget(target, auth));
  if (named !== undefined) {
    if (module === undefined || module === named.module) return named;
    const hint = 'leave --module out';
    throw new ZxpError('usage', `the target ${target} belongs to the module ${named.module}`, { hint });
  }
  if (target.includes('://')) {
    const source = () => ({ url: readSourceUrl(target), ...(auth === undefined ? {} : { auth }) });
    return refuseAsUsage(() => runtime.planSource(source()));
  }
  const names = configuration.targets.map(({ name }) => name);
  const nearest = findNearest(target, names);
  const known = names.length === 0 ? 'zxp doctor http://registry:8080' : `a URL, or one of ${names.join(', ')}`;
  throw new ZxpError('usage', 'unknown target: neither a configured name nor an http(s) URL', {
    hint: hintScheme(target) ?? hintUpstream(target) ?? (nearest === undefined ? known : `did you mean ${nearest}?`),
  });
}

/** `upstream` is the name of the one that a setting names. */
function hintUpstream(target: string): string | undefined {
  return target === 'upstream' ? 'no upstream is configured: set --upstream URL, or name a URL' : undefined;
}

/** What the configuration refuses is no target of the command line either. */
function refuseAsUsage<T>(plan: () => T): T {
  try {
    return plan();
  } catch (thrown) {
    const { code, message, hint, cause } = toZxpError(thrown);
    throw new ZxpError(code === 'request' || code === 'refused' ? 'usage' : code, message, { hint, cause });
  }
}

function describeConfiguration({ files, dialect, modules }: Configuration, module: string): string {
  const kind = modules.has(module) ? 'module' : 'built-in module';
  const [file] = files;
  if (file === undefined) return `no file, ${kind} ${module}`;
  return `${file}${dialect === 'json_exporter' ? ' of json_exporter' : ''}, ${kind} ${module}`;
}

/** The diagnosis of a configuration that cannot be used, by the error that says why. */
export const diagnoseConfiguration = examineConfiguration;

/** A diagnosis for people or, as JSON, for programs. */
export function formatDiagnosis(diagnosis: Diagnosis, format: 'text' | 'json', paint: Paint): string {
  if (format === 'text') return renderDiagnosis(diagnosis, paint);
  return `${JSON.stringify(toJsonDiagnosis(diagnosis), undefined, 2)}\n`;
}

/** What this command may request or send, and the daemon of this configuration may not. */
function findProbeWarnings(
  runtime: Runtime,
  prepared: PreparedScrape,
  { configuration: { modules, targets, upstream }, headers, auth }: DoctorOptions,
): readonly Problem[] {
  const { collector, module, isConfigured } = prepared;
  // Of credentials that are not sent, the step of credentials says more.
  const isSaidLater = prepared.forwarding === 'never';
  const warnings = findUselessHeaders(prepared, headers).filter(
    ({ where }) => where !== 'Authorization' || !isSaidLater,
  );
  const hasDaemon = modules.size > 0 || targets.length > 0 || upstream.url !== undefined;
  if (isConfigured || !hasDaemon) return warnings;
  try {
    runtime.planProbe(
      new URLSearchParams({ target: collector.url.href, module, ...(auth === undefined ? {} : { auth }) }),
    );
  } catch (thrown) {
    const { code, message, hint } = toZxpError(thrown);
    if (code === 'refused') warnings.push({ where: '/probe', message, hint });
  }
  return warnings;
}

const otherFormats: readonly FormatName[] = ['openmetrics', 'openmetrics2', 'protobuf'];

/** Writes what a scraper would get; undefined where the target is down. */
async function writeOnce(registry: ScrapeRegistry, { up }: ScrapeOutcome): Promise<Exposition | undefined> {
  if (!up) return undefined;
  const refusals = otherFormats.flatMap((format) =>
    registry.families.flatMap((family) => {
      const message = findRefusal(family, format);
      return message === undefined ? [] : [{ format, family: family.name, message }];
    }),
  );
  try {
    let bytes = 0;
    for await (const chunk of registry.write('text')) bytes += chunk.length;
    return { bytes, refusals };
  } catch (thrown) {
    return { bytes: 0, refusals, failure: toZxpError(thrown).message };
  }
}
