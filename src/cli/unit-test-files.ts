import { type PreparedTests, prepareUnitTests, type UnitTestResult } from '../app/unit-tests.js';
import { orderByPlace } from '../config/place.js';
import { settings } from '../config/settings.js';
import type { UnitTestFile } from '../config/unit-tests/unit-test.js';
import { readUnitTestFile } from '../config/unit-tests/unit-test-file.js';
import { type Problem, toZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';
import { loadScrapeSettings } from './settings-source.js';
import { readTextFile } from './text-file.js';

/** A file of unit tests, ready to run. */
interface ReadyFile {
  readonly name: string;
  readonly tests: PreparedTests;
}

/** The results of one file. */
export interface FileResults {
  readonly name: string;
  readonly results: readonly UnitTestResult[];
}

/** Finds every problem of files of unit tests and of what they name, and runs nothing. */
export async function checkUnitTests(context: CliContext, names: readonly string[]): Promise<readonly Problem[]> {
  const { files, problems } = await prepareFiles(context, names);
  await closeAll(files);
  return problems;
}

/** Runs every test, unless there is a problem with one of the files: nothing is run then. */
export async function runUnitTests(
  context: CliContext,
  names: readonly string[],
): Promise<{ readonly problems: readonly Problem[]; readonly files: readonly FileResults[] }> {
  const { files, problems } = await prepareFiles(context, names);
  try {
    if (problems.length > 0) return { problems, files: [] };
    const results: FileResults[] = [];
    for (const { name, tests } of files) results.push({ name, results: await tests.run() });
    return { problems, files: results };
  } finally {
    await closeAll(files);
  }
}

async function closeAll(files: readonly ReadyFile[]): Promise<void> {
  await Promise.all(files.map(({ tests }) => tests.close()));
}

async function prepareFiles(
  context: CliContext,
  names: readonly string[],
): Promise<{ readonly files: readonly ReadyFile[]; readonly problems: readonly Problem[] }> {
  const files: ReadyFile[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const read = await readTextFile(name);
    if ('problem' in read) {
      problems.push({ where: name, message: `cannot be read: ${read.problem}` });
      continue;
    }
    const { file, problems: found } = readUnitTestFile(read);
    problems.push(...found);
    const tests = await prepareFile(context, file, problems);
    if (tests === undefined) continue;
    problems.push(...tests.problems);
    files.push({ name, tests });
  }
  return { files, problems: orderByPlace(problems) };
}

/** Undefined, with the problems noted, where the configuration is invalid. */
async function prepareFile(
  context: CliContext,
  file: UnitTestFile,
  problems: Problem[],
): Promise<PreparedTests | undefined> {
  const environment = { ...withoutSettings(context.environment), ...file.environment };
  const path = file.configFile?.path;
  const values = new Map(path === undefined ? [] : [[settings.config.file.name, [path]]]);
  try {
    const flags = { values, problems: [], words: [] };
    const configuration = await loadScrapeSettings({ ...context, environment }, flags);
    return await prepareUnitTests({ file, configuration, version: context.version });
  } catch (thrown) {
    const error = toZxpError(thrown);
    if (error.code !== 'config') throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** What decides a test is in its files: the settings of the machine that runs it do not count. */
function withoutSettings(environment: CliContext['environment']): CliContext['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('ZXP_')));
}
