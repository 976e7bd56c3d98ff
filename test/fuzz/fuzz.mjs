/**
 * `npm run fuzz -- --time 60s --target json --seed 1`: feeds changed inputs to what reads the texts and bytes of others, led
 * by coverage, and holds it to its contracts. Without --target all of them share the time. A finding is shortened and
 * written to fixtures/fuzz/TARGET/, where test/fuzz/replay.test.ts reads it again; then the exit code is 1.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { rolldown } from 'rolldown';
import { bundlerOptions, root } from '../../build/bundle.mjs';

/** An input that has not returned after this is given up, with its thread. */
const HANG_MS = 30_000;
const INPUT_BYTES = 2048;

const { values } = parseArgs({
  options: {
    time: { type: 'string', default: '60s' },
    runs: { type: 'string', default: '0' },
    target: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    corpus: { type: 'string' },
  },
});
// As deep as the tests whose fixtures it reads, and outside of dist/, which a build empties.
const folder = mkdtempSync(join(root, 'test/fuzz/.bundle-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
await build();
const { targets } = await import(join(folder, 'targets.mjs'));
const known = targets.map(({ name }) => name);
const unknown = values.target.find((name) => !known.includes(name));
if (unknown !== undefined) fail(`unknown target ${unknown}: one of ${known.join(', ')}`);
const chosen = values.target.length === 0 ? known : values.target;
const timeMs = parseTime(values.time) / chosen.length;

let total = 0;
let hasFindings = false;
for (const target of chosen) {
  const result = await fuzzOne(target);
  total += result.runs;
  const seconds = (result.durationMs / 1000).toFixed(1);
  const rate = Math.round(result.runs / (result.durationMs / 1000));
  print(
    `${target.padEnd(14)} ${String(result.runs).padStart(9)} runs in ${seconds} s (${rate}/s), ` +
      `${result.parts} parts, ${result.corpus.length} inputs kept, ${result.findings.length} findings`,
  );
  for (const finding of result.findings) {
    hasFindings = true;
    print(`  ${finding.message}\n  ${save(target, finding.input)}`);
  }
  keepCorpus(target, result.corpus);
}
print(`${total} runs, seed ${values.seed}`);
process.exit(hasFindings ? 1 : 0);

async function build() {
  const input = { worker: 'test/fuzz/worker.ts', targets: 'test/fuzz/targets/index.ts' };
  const built = await rolldown({ input, ...bundlerOptions, onLog: () => undefined });
  await built.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' });
  await built.close();
}

/** Runs one target in a thread of its own, and ends it where an input never returns. */
function fuzzOne(target) {
  const current = new SharedArrayBuffer(4 + INPUT_BYTES);
  const length = new Int32Array(current, 0, 1);
  const script = join(folder, 'worker.mjs');
  const maxRuns = Number(values.runs) || Number.MAX_SAFE_INTEGER;
  const seed = Number(values.seed);
  const workerData = { target, timeMs, maxRuns, seed, corpus: readCorpus(target), folder, current };
  const worker = new Worker(script, { workerData });
  return new Promise((resolve, reject) => {
    let seen = '';
    let sinceMs = performance.now();
    const watch = setInterval(() => {
      const bytes = Buffer.from(new Uint8Array(current, 4, Math.min(INPUT_BYTES, Atomics.load(length, 0))));
      const now = bytes.toString('latin1');
      if (now !== seen) {
        seen = now;
        sinceMs = performance.now();
      } else if (performance.now() - sinceMs > HANG_MS) {
        clearInterval(watch);
        void worker.terminate();
        const finding = { message: `does not return within ${HANG_MS / 1000} s`, input: bytes };
        resolve({ runs: 0, durationMs: HANG_MS, corpus: [], parts: 0, findings: [finding] });
      }
    }, 1000);
    worker.once('message', (result) => {
      clearInterval(watch);
      void worker.terminate();
      resolve(result);
    });
    worker.once('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
  });
}

function save(target, input) {
  const name = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const into = join(root, 'fixtures/fuzz', target);
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, name), input);
  return `fixtures/fuzz/${target}/${name}`;
}

/** Inputs of earlier runs, where a folder for them is given. */
function readCorpus(target) {
  const from = values.corpus === undefined ? undefined : join(values.corpus, target);
  if (from === undefined || !existsSync(from)) return [];
  return readdirSync(from).map((name) => readFileSync(join(from, name)));
}

function keepCorpus(target, inputs) {
  if (values.corpus === undefined) return;
  const into = join(values.corpus, target);
  mkdirSync(into, { recursive: true });
  for (const input of inputs)
    writeFileSync(join(into, createHash('sha256').update(input).digest('hex').slice(0, 12)), input);
}

function parseTime(text) {
  const [, number, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? fail(`--time ${text}: such as 60s, 10m, 1h`);
  return Number(number) * { s: 1000, m: 60_000, h: 3_600_000 }[unit];
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

function fail(message) {
  process.stderr.write(`zxp: error: ${message}\n`);
  process.exit(2);
}
