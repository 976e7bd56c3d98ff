import { parentPort, workerData } from 'node:worker_threads';
import { type Coverage, startCoverage } from './coverage.js';
import { createRandom, MAX_INPUT_BYTES, mutate } from './mutate.js';
import type { FuzzTarget } from './target.js';
import { targets } from './targets/index.js';

/** What the main thread gives to one run of one target. */
export interface FuzzJob {
  readonly target: string;
  readonly timeMs: number;
  readonly maxRuns: number;
  readonly seed: number;
  /** Inputs that were kept by earlier runs. */
  readonly corpus: readonly Uint8Array[];
  /** The folder of the scripts that coverage is of. */
  readonly folder: string;
  /** The length of the current input, then its bytes: for where it never returns. */
  readonly current: SharedArrayBuffer;
}

export interface Finding {
  readonly message: string;
  readonly input: Uint8Array;
}

export interface FuzzResult {
  readonly runs: number;
  readonly durationMs: number;
  readonly corpus: readonly Uint8Array[];
  readonly parts: number;
  readonly findings: readonly Finding[];
}

/** An input that takes longer is a finding: what reads must be bounded in time. */
const SLOW_MS = 2000;
const MAX_FINDINGS = 5;
const MAX_CORPUS = 5000;
/** Looking at the coverage may take this part of the time. */
const COVERAGE_SHARE = 0.3;
/** The first part of the time collects inputs that reach something new; the rest changes them at full speed. */
const GUIDED_SHARE = 0.3;
const BATCH = 256;

const job = workerData as FuzzJob;
const target = findTarget(job.target);
const length = new Int32Array(job.current, 0, 1);
const bytes = new Uint8Array(job.current, 4);

parentPort?.postMessage(fuzz());

function findTarget(name: string): FuzzTarget {
  const found = targets.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no target ${name}`);
  return found;
}

function fuzz(): FuzzResult {
  const startedMs = performance.now();
  const endMs = startedMs + job.timeMs;
  const random = createRandom(job.seed);
  const findings = new Map<string, Finding>();
  const corpus: Buffer[] = [
    ...target.seeds.map((seed) => Buffer.from(seed)),
    ...job.corpus.map((each) => Buffer.from(each)),
  ];
  const coverage = startCoverage(job.folder);
  let runs = 0;
  const attempt = (input: Buffer): void => {
    runs++;
    const problem = tryInput(input);
    if (problem === undefined || findings.has(problem)) return;
    findings.set(problem, { message: problem, input: shrink(input, problem) });
  };
  for (const input of [...corpus]) attempt(input);
  let isGuided = true;
  let coverageMs = timed(() => coverage.takeNew());
  while (performance.now() < endMs && runs < job.maxRuns && findings.size < MAX_FINDINGS) {
    const count = Math.min(BATCH, job.maxRuns - runs);
    const batch = Array.from({ length: count }, () => mutate(corpus, target.words, random));
    for (const input of batch) attempt(input);
    const nowMs = performance.now();
    if (isGuided && nowMs - startedMs > job.timeMs * GUIDED_SHARE) {
      coverage.stop();
      isGuided = false;
    }
    if (!isGuided || coverageMs > (nowMs - startedMs) * COVERAGE_SHARE || corpus.length >= MAX_CORPUS) continue;
    coverageMs += timed(() => corpus.push(...keepNew(batch, coverage)));
  }
  return {
    runs,
    durationMs: performance.now() - startedMs,
    corpus: corpus.slice(target.seeds.length),
    parts: coverage.parts,
    findings: [...findings.values()],
  };
}

/** An input of a batch that reaches something new, if there is any: found by halves, as each look takes milliseconds. */
function keepNew(batch: readonly Buffer[], coverage: Coverage): readonly Buffer[] {
  coverage.peekNew();
  let rest = batch;
  while (rest.length > 1) {
    const half = rest.slice(0, Math.ceil(rest.length / 2));
    for (const input of half) tryInput(input);
    rest = coverage.peekNew() > 0 ? half : rest.slice(half.length);
  }
  for (const input of rest) tryInput(input);
  return coverage.takeNew() > 0 ? rest : [];
}

/** What is wrong with how an input is read; undefined where nothing is. */
function tryInput(input: Buffer): string | undefined {
  bytes.set(input.subarray(0, MAX_INPUT_BYTES));
  Atomics.store(length, 0, input.length);
  let fastestMs = Number.POSITIVE_INFINITY;
  // A machine that is busy with something else is no finding.
  for (let attempts = 0; attempts < 3 && fastestMs > SLOW_MS; attempts++) {
    const startedMs = performance.now();
    try {
      target.run(input);
    } catch (thrown) {
      return describe(thrown);
    }
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  return fastestMs > SLOW_MS ? `takes longer than ${SLOW_MS / 1000} s` : undefined;
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `throws ${String(thrown)}`;
  const place = /\n\s+at (.+)/.exec(thrown.stack ?? '')?.[1]?.replace(/ \(.*/, '') ?? '';
  return `${thrown.name}: ${thrown.message.slice(0, 200)} (${place})`;
}

/** The same problem with fewer bytes. */
function shrink(input: Buffer, problem: string): Buffer {
  let smallest = input;
  const untilMs = performance.now() + 3000;
  for (let step = Math.ceil(smallest.length / 2); step >= 1; step = Math.floor(step / 2)) {
    for (let at = 0; at < smallest.length && performance.now() < untilMs; ) {
      const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + step)]);
      if (tryInput(shorter) === problem) smallest = shorter;
      else at += step;
    }
  }
  return smallest;
}

function timed(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}
