/**
 * Measures zxp as built in `dist/` beside the naive way and beside the floor, and prints one table of ratios. Each
 * figure takes its measurements in turns (ours, naive, floor, and again), so that what slows the machine slows them all.
 * `npm run bench -- --help` lists the options; README.md says how to read the table.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../build/bundle.mjs';
import { readComparison } from './compare.mjs';
import { productFolder, requireDist } from './dist.mjs';
import { runFigure } from './figure.mjs';
import { listFigures } from './figures.mjs';
import { describeLoader } from './load.mjs';
import { optionsHelp, readOptions } from './options.mjs';
import { endProcessesOnExit } from './processes.mjs';
import { renderTable } from './table.mjs';

try {
  process.exitCode = await bench(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: error: ${error.message}\n`);
  if (error.hint !== undefined) process.stderr.write(`bench: hint: ${error.hint}\n`);
  process.exitCode = error.exitCode ?? 1;
}

async function bench(options) {
  if (options.help) {
    process.stdout.write(optionsHelp);
    return 0;
  }
  endProcessesOnExit();
  const facts = describeRun(requireDist(), options);
  await bundle({ product: 'test/bench/product.ts' }, fileURLToPath(productFolder));
  const before = options.compare === undefined ? undefined : readComparison(options.compare);
  const figures = await listFigures(options);
  const chosen = figures.filter((figure) => options.only.test(figure.name));
  if (chosen.length === 0) {
    const names = figures.map((figure) => `\n  ${figure.name}`).join('');
    throw Object.assign(new Error(`no figure matches ${options.only}`), { hint: `there are${names}`, exitCode: 2 });
  }
  const startMs = performance.now();
  const results = [];
  for (const figure of chosen) {
    process.stderr.write(`${figure.name} ... `);
    const result = await runFigure(figure);
    process.stderr.write(`${result.error ?? `${result.seconds.toFixed(1)} s`}\n`);
    results.push(result);
  }
  facts.seconds = Math.round((performance.now() - startMs) / 1000);
  process.stdout.write(`\n${renderTable(results, facts, before)}`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ ...facts, figures: results }, roundNumber, 2)}\n`);
  }
  const isBroken = results.some((result) => result.verdict === 'broken');
  const isMissed = results.some((result) => result.verdict === 'missed');
  return isBroken || (isMissed && !options.short) ? 1 : 0;
}

function describeRun({ version, commit, isStale }, options) {
  return {
    date: new Date().toISOString(),
    mode: options.short ? 'short' : 'full',
    zxp: version,
    commit,
    isDistStale: isStale,
    node: process.version,
    machine: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    loader: describeLoader(),
  };
}

/** More digits would say what the machine did at that moment. */
function roundNumber(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
