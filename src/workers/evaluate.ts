import { parsePlace } from '../config/place.js';
import { shareMapping } from '../config/shareable.js';
import { shareDocument } from '../config/shareable-document.js';
import { ScrapeRegistry } from '../exposition/scrape-registry.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import {
  type EvaluatedScrape,
  type Evaluation,
  MAX_LIMITS,
  type PlaygroundFormat,
  type PlaygroundInput,
  type PlaygroundProblem,
  type PlaygroundResults,
  type PlaygroundTask,
  type ShareableInput,
} from '../model/playground.js';
import type { ScrapeOutcome } from '../model/scrape.js';
import type { CompiledModule } from '../modules/compile-modules.js';
import { UpstreamCollector } from '../scrape/collector.js';
import { loadMapping } from './load-mapping.js';

/** Of what is shown, so that a result is never much larger than what it is made of. */
const MAX_EXPOSITION_BYTES = 512 * 1024;
const MAX_PROBLEMS = 200;
const MAX_METRICS = 500;
const MAX_TEXT_LENGTH = 500;

/** Beyond, the thread is ended from outside. */
const TIMEOUT_MS = 3000;

/** Does one piece of work. Throws `request`, `decode` or `limit` where there is nothing to propose a mapping for. */
export async function runPlaygroundTask(task: PlaygroundTask): Promise<PlaygroundResults[PlaygroundTask['kind']]> {
  switch (task.kind) {
    case 'evaluate':
      return evaluate(task.input, task);
    case 'share':
      return share(task.input);
    case 'infer':
      return infer(task);
  }
}

async function infer({ document, name, limits }: Extract<PlaygroundTask, { kind: 'infer' }>): Promise<string> {
  const { findNameProblem } = await import('../infer/module-name.js');
  const problem = findNameProblem(name);
  if (problem !== undefined) throw new ZxpError('request', `the name ${problem}`);
  const [{ readAnyDocument }, { inferMapping }] = await Promise.all([
    import('../infer/any-document.js'),
    import('../infer/infer.js'),
  ]);
  const read = readAnyDocument(new TextEncoder().encode(document), limits);
  return inferMapping(read.document, { name, format: read.format });
}

async function evaluate(
  input: PlaygroundInput,
  { limits, nowMs }: { readonly limits: ScrapeLimits; readonly nowMs: number },
): Promise<Evaluation> {
  const { problems, warnings, names, chosen, module } = await loadMapping(input);
  const shown = [...problems.map(toProblem('error')), ...warnings.map(toProblem('warning'))].slice(0, MAX_PROBLEMS);
  const common = { problems: shown, modules: names, module: chosen };
  if (module === undefined || problems.length > 0) return { ...common, scrape: undefined };
  return { ...common, scrape: await scrape(module, { input, limits, nowMs }) };
}

/** The very scrape of a daemon, of a response that is here already. */
async function scrape(
  { spec, translator }: CompiledModule,
  { input, limits, nowMs }: { readonly input: PlaygroundInput; readonly limits: ScrapeLimits; readonly nowMs: number },
): Promise<EvaluatedScrape> {
  const body = new TextEncoder().encode(input.document);
  const { validStatusCodes } = spec.request;
  const [first = 200] = validStatusCodes.includes(200) ? [200] : validStatusCodes;
  const collector = new UpstreamCollector({
    url: new URL('file:///'),
    request: { method: 'GET', headers: [], validStatusCodes, passesAuthorization: false },
    client: async () => ({ statusCode: first, body }),
    translator,
    limits,
    timeoutMs: TIMEOUT_MS,
    now: () => performance.now(),
    wallClock: () => nowMs,
  });
  const registry = new ScrapeRegistry(collector);
  const outcome = await registry.gather({ format: input.format, timeoutMs: TIMEOUT_MS });
  const hint = adaptHint(outcome.hint, { limits, document: input.document });
  return { ...describe(outcome), hint, ...(await write(registry, input.format)) };
}

function describe(outcome: ScrapeOutcome): Omit<EvaluatedScrape, 'hint' | 'exposition' | 'isCut'> {
  const { up, reason, message, samples, drops } = outcome;
  const trace = outcome.trace?.();
  return {
    up,
    reason,
    message,
    evidence: trace?.evidence,
    samples,
    dropped: drops.total,
    drops: drops.examples.map((drop) => ({ ...drop, where: cut(drop.where), message: cut(drop.message) })),
    metrics: (trace?.details ?? []).slice(0, MAX_METRICS).map(({ name, where, path, failures, ...counts }) => {
      const { line, column } = parsePlace(where) ?? { line: 1, column: 1 };
      return { ...counts, name: cut(name), path: cut(path), line, column, failures: failures.map(cut) };
    }),
  };
}

/** The limits of `limits` in a config file that are called otherwise here. */
const LIMIT_KEYS: ReadonlyMap<string, keyof ScrapeLimits> = new Map([
  ['body_size', 'bodyBytes'],
  ['depth', 'depth'],
  ['nodes', 'nodes'],
  ['series', 'series'],
  ['labels', 'labels'],
  ['label_length', 'labelLength'],
]);

/** What to do on the page, where a hint for a scrape cannot be followed there. */
function adaptHint(
  hint: string | undefined,
  { limits, document }: { readonly limits: ScrapeLimits; readonly document: string },
): string | undefined {
  if (hint === undefined) return undefined;
  const limit = LIMIT_KEYS.get(/raise limits\.(\w+)/.exec(hint)?.[1] ?? '');
  if (limit !== undefined && limits[limit] >= MAX_LIMITS[limit])
    return `the playground has a limit of ${MAX_LIMITS[limit]}, which no setting raises: take a smaller document, or zxp scrape FILE`;
  if (hint.startsWith('raise scrape.timeout'))
    return `the playground has ${TIMEOUT_MS / 1000} seconds: take a smaller document, or simplify the paths and expressions`;
  if (hint.startsWith('request the URL with curl'))
    return document.trim() === '' ? 'paste a document, or press Request now' : 'paste the JSON that the API gives';
  return hint.startsWith('the debug view shows') ? 'the mapping has the condition: fail_if' : hint;
}

async function write(
  registry: ScrapeRegistry,
  format: PlaygroundFormat,
): Promise<Pick<EvaluatedScrape, 'exposition' | 'isCut'>> {
  const chunks: Buffer[] = [];
  let length = 0;
  let isCut = false;
  for await (const chunk of registry.write(format)) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    isCut = length > MAX_EXPOSITION_BYTES;
    if (isCut) break;
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_EXPOSITION_BYTES).toString('utf8');
  return { exposition: isCut ? text.slice(0, text.lastIndexOf('\n') + 1) : text, isCut };
}

function toProblem(severity: PlaygroundProblem['severity']): (problem: Problem) => PlaygroundProblem {
  return ({ where, message, hint }) => {
    const { line, column, path } = parsePlace(where) ?? { line: 1, column: 1, path: where };
    const text = { path: cut(path), message: cut(message) };
    return { severity, line, column, ...text, ...(hint === undefined ? {} : { hint: cut(hint) }) };
  };
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

function share({ document, mapping }: PlaygroundInput): ShareableInput {
  const [sharedMapping, sharedDocument] = [shareMapping(mapping), shareDocument(document)];
  return {
    mapping: sharedMapping.text,
    document: sharedDocument.text,
    leftOut: [...sharedMapping.leftOut, ...sharedDocument.leftOut].slice(0, MAX_PROBLEMS),
  };
}
