import { explainFileError } from '../config/file-error.js';
import type { Configuration } from '../config/load.js';
import { findNearest } from '../config/nearest.js';
import type { Source, UnitTest, UnitTestFile, UnitTestResponse } from '../config/unit-tests/unit-test.js';
import { toLine } from '../diagnose/line.js';
import {
  compareExposition,
  type DifferingLine,
  type ExpectedExposition,
  readExpected,
} from '../exposition/compare-exposition.js';
import { ScrapeRegistry } from '../exposition/scrape-registry.js';
import { readRegularFile } from '../files/read-file.js';
import { countOf } from '../model/count.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import { tooLarge } from '../model/limits.js';
import type { ModuleSpec } from '../model/module.js';
import type { UpstreamClient } from '../model/ports.js';
import type { Scrape, ScrapeOutcome } from '../model/scrape.js';
import { createRuntime, type Runtime } from './runtime.js';

export interface UnitTestOptions {
  readonly file: UnitTestFile;
  /** Of the config file that it names. */
  readonly configuration: Configuration;
  readonly version: string;
}

/** How one test went. */
export interface UnitTestResult {
  readonly test: UnitTest;
  readonly module: string;
  readonly seconds: number;
  /** Undefined where it passed. */
  readonly failure: UnitTestFailure | undefined;
}

export interface UnitTestFailure {
  readonly message: string;
  readonly hint: string | undefined;
  readonly difference: readonly DifferingLine[];
  /** Metrics of the module without a sample, and why. */
  readonly notes: readonly string[];
}

/** Tests with all that they name at hand. */
export interface PreparedTests {
  readonly problems: readonly Problem[];
  /** Runs the tests one after the other, and calls back after each. Nothing is requested. */
  run(onResult?: (result: UnitTestResult) => void): Promise<readonly UnitTestResult[]>;
  close(): Promise<void>;
}

interface PreparedResponse extends UnitTestResponse {
  readonly body: Uint8Array;
}

interface PreparedTest {
  readonly test: UnitTest;
  readonly module: string;
  /** The first one is the one that the first request gets. */
  readonly responses: readonly PreparedResponse[];
  readonly expected: ExpectedExposition | undefined;
}

/** Reads the documents and expositions that tests name, and finds their modules. Throws `config` for an invalid configuration. */
export async function prepareUnitTests({ file, configuration, version }: UnitTestOptions): Promise<PreparedTests> {
  let nowMs: number | undefined;
  const wallClock = () => nowMs ?? Date.now();
  const runtime = await createRuntime({ configuration, version, isSourceGiven: true, wallClock });
  const problems: Problem[] = [];
  const prepared: PreparedTest[] = [];
  for (const test of file.tests) {
    const module = findModule(test, { configuration, runtime, problems });
    const maxBytes = configuration.limits.bodyBytes;
    const responses: PreparedResponse[] = [];
    for (const response of [test.response, ...(test.responses ?? [])]) {
      const body = await readSource(response.document, { maxBytes, problems });
      if (body !== undefined) responses.push({ ...response, body });
    }
    const expected = test.exposition === undefined ? undefined : await readExposition(test.exposition, problems);
    if (module === undefined) continue;
    refuseResponses(test, configuration.modules.get(module), problems);
    prepared.push({ test, module, responses, expected });
  }
  return {
    problems,
    run: async (onResult = () => undefined) => {
      const results: UnitTestResult[] = [];
      for (const each of prepared) {
        nowMs = each.test.nowMs;
        const result = await runTest(each, runtime);
        results.push(result);
        onResult(result);
      }
      return results;
    },
    close: () => runtime.close(),
  };
}

function findModule(
  { module, where }: UnitTest,
  {
    configuration,
    runtime,
    problems,
  }: { readonly configuration: Configuration; readonly runtime: Runtime; readonly problems: Problem[] },
): string | undefined {
  const name = module?.name ?? configuration.probeModule;
  if (runtime.moduleNames.includes(name)) return name;
  const nearest = findNearest(name, runtime.moduleNames);
  const hint = nearest === undefined ? `known: ${runtime.moduleNames.join(', ')}` : `did you mean ${nearest}?`;
  const message = module === undefined ? 'names no module' : `unknown module ${JSON.stringify(name)}`;
  problems.push({ where: module?.where ?? where, message, hint });
  return undefined;
}

/** Further responses are for modules that make further requests. */
function refuseResponses({ responses, where }: UnitTest, module: ModuleSpec | undefined, problems: Problem[]): void {
  if (responses === undefined || module?.pages !== undefined || module?.follow !== undefined) return;
  const hint = 'responses are for modules with pages or follow';
  problems.push({ where, message: 'has responses, and the module makes one request', hint });
}

async function readSource(
  source: Source,
  { maxBytes, problems }: { readonly maxBytes: number; readonly problems: Problem[] },
): Promise<Buffer | undefined> {
  if ('text' in source) return Buffer.from(source.text, 'utf8');
  try {
    // One byte more than a scrape takes shows that it is too large.
    return await readRegularFile(source.path, { maxBytes: maxBytes + 1 });
  } catch (cause) {
    const { where, path } = source;
    problems.push({ where, message: `${path} cannot be read: ${explainFileError(cause)}` });
    return undefined;
  }
}

const MAX_EXPOSITION_BYTES = 64 * 1024 * 1024;

async function readExposition(source: Source, problems: Problem[]): Promise<ExpectedExposition | undefined> {
  const bytes = await readSource(source, { maxBytes: MAX_EXPOSITION_BYTES, problems });
  if (bytes === undefined) return undefined;
  const expected = readExpected(bytes.toString('utf8'));
  if (!('invalidLine' in expected)) return expected;
  const hint = 'name{label="value"} 1, or a comment';
  if ('path' in source)
    problems.push({ where: `${source.path}:${expected.invalidLine}:1`, message: 'is not a sample', hint });
  else problems.push({ where: source.where, message: `line ${expected.invalidLine} is not a sample`, hint });
  return undefined;
}

async function runTest({ test, module, responses, expected }: PreparedTest, runtime: Runtime): Promise<UnitTestResult> {
  const startMs = performance.now();
  const finish = (failure: UnitTestFailure | undefined): UnitTestResult => {
    return { test, module, seconds: (performance.now() - startMs) / 1000, failure };
  };
  try {
    const client = respondWith(responses);
    const query = new URLSearchParams(test.params.map(([name, value]): [string, string] => [name, value]));
    const { collector } = runtime.planModule(module, {
      url: test.response.url,
      query,
      client,
      isPlanned: test.responses !== undefined,
    });
    const scrape = await collector.collect({ format: test.format, allowsStale: false });
    if (test.failure !== undefined) return finish(checkFailure(scrape.outcome, test.failure));
    if (scrape.outcome.reason !== undefined) return finish(explainFailedScrape(scrape.outcome, test));
    return finish((await checkExposition(scrape, { test, expected })) ?? checkDrops(scrape.outcome, test));
  } catch (thrown) {
    const { message, hint } = toZxpError(thrown);
    return finish({ ...NO_FAILURE, message: toLine(message), hint });
  }
}

/** A client that gives the first response to the first request, and to others those of their URLs; 404 where there is none. */
function respondWith([first, ...others]: readonly PreparedResponse[]): UpstreamClient {
  const byUrl = new Map(others.map((response) => [nameUrl(response.url), response]));
  let isFirst = true;
  return async ({ url, maxBodyBytes }) => {
    const response = isFirst ? first : byUrl.get(nameUrl(url));
    isFirst = false;
    if (response === undefined) {
      const hint = 'add it to responses of the test';
      throw new ZxpError('status', `the test has no response for ${url.href}`, { hint, statusCode: 404 });
    }
    const { status: statusCode, headers, body } = response;
    if (body.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    // Who parses a body may change it, and a response may be given twice.
    return { statusCode, headers: () => headers, body: new Uint8Array(body) };
  };
}

/** The order of parameters does not matter. */
function nameUrl(url: URL): string {
  const sorted = new URL(url);
  sorted.searchParams.sort();
  return sorted.href;
}

const NO_FAILURE: Omit<UnitTestFailure, 'message'> = { hint: undefined, difference: [], notes: [] };

function checkFailure(
  { reason, message = '', samples }: ScrapeOutcome,
  expected: NonNullable<UnitTest['failure']>,
): UnitTestFailure | undefined {
  if (reason === undefined) {
    const found = `the scrape is good, with ${samples} sample${samples === 1 ? '' : 's'}`;
    return { ...NO_FAILURE, message: `expected the reason ${expected.reason}, but ${found}` };
  }
  if (reason !== expected.reason) {
    return { ...NO_FAILURE, message: toLine(`expected the reason ${expected.reason}, found ${reason}: ${message}`) };
  }
  if (expected.message === undefined || message.includes(expected.message)) return undefined;
  return { ...NO_FAILURE, message: toLine(`expected a message with "${expected.message}", found: ${message}`) };
}

/** What a scraper would do about a status is of no use here: the test says itself what the response is. */
function explainFailedScrape(
  { reason, message, hint: advice }: ScrapeOutcome,
  { response }: UnitTest,
): UnitTestFailure {
  const hint = response.status >= 400 ? `where the test is to fail so: expect_failure: ${reason}` : advice;
  return { ...NO_FAILURE, message: toLine(`the scrape fails with reason ${reason}: ${message}`), hint };
}

async function checkExposition(
  scrape: Scrape,
  { test, expected }: { readonly test: UnitTest; readonly expected: ExpectedExposition | undefined },
): Promise<UnitTestFailure | undefined> {
  const found = await writeOwn(scrape, test.format);
  const { isSubset } = test;
  const difference = compareExposition(expected ?? { samples: [], metadata: [] }, { found, isSubset });
  if (difference.length === 0) return undefined;
  const isMissing = difference.some(({ sign }) => sign === '-');
  return {
    message: 'the exposition differs: - expected, + found',
    hint: undefined,
    difference: difference.map(({ sign, text }) => ({ sign, text: toLine(text) })),
    notes: isMissing ? describeMissing(scrape.outcome) : [],
  };
}

/** The families of the upstream and `zot_up`, without those of every scrape. */
async function writeOwn({ families, ...rest }: Scrape, format: UnitTest['format']): Promise<string> {
  const facts = new Set(rest.factNames?.filter((name) => name.startsWith('target_')));
  const own = families.filter(({ name }) => !facts.has(name));
  const registry = new ScrapeRegistry({ collect: async () => ({ ...rest, families: own }) });
  await registry.gather({ format });
  const chunks: Buffer[] = [];
  for await (const chunk of registry.write(format)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const MAX_NOTES = 5;

function describeMissing({ trace }: ScrapeOutcome): readonly string[] {
  const details = trace?.().details ?? [];
  return details
    .filter(({ samples, failures }) => samples === 0 || failures.length > 0)
    .slice(0, MAX_NOTES)
    .map(({ where, name, path, elements, failures: [failure] }) => {
      const matched = path === '' ? '' : `: ${path} matched ${elements} element${elements === 1 ? '' : 's'}`;
      return toLine(`${where}: ${name}${matched}${failure === undefined ? '' : ` (${failure})`}`);
    });
}

function checkDrops({ drops }: ScrapeOutcome, { drops: expected }: UnitTest): UnitTestFailure | undefined {
  const wrong = expected.find(([cause, samples]) => drops.count(cause) !== samples);
  if (wrong === undefined) return undefined;
  const [cause, samples] = wrong;
  const example = drops.examples.find((each) => each.cause === cause);
  const first = example === undefined ? '' : `, the first: ${example.where}: ${example.message}`;
  return {
    ...NO_FAILURE,
    message: toLine(`expected ${countOf(samples, 'sample')} dropped for ${cause}, found ${drops.count(cause)}${first}`),
  };
}
