import fc from 'fast-check';
import { describe, test } from 'vitest';
import { readConfigFile } from '../../src/config/config-reader.js';
import { createLineQuoter } from '../../src/config/excerpt.js';
import { loadConfiguration } from '../../src/config/load.js';
import { readWebFile } from '../../src/config/web/web-file.js';
import type { Findings } from '../../src/config/yaml-cursor.js';
import { type Problem, ZxpError } from '../../src/model/errors.js';
import { findModuleProblems } from '../../src/modules/compile-modules.js';
import { applyDamage, damageOf, expectNoSecret, OWN, THEIRS, WEB, withPlainSecrets } from '../support/damaged-files.js';
import { runs } from '../support/runs.js';

/** Everything that check, log and the body of /-/reload have of a file: problems, warnings, and quoted lines. */
async function report(text: string): Promise<string> {
  const file = readConfigFile({ name: 'zxp.yml', text, environment: {}, include: () => [] });
  const problems: Problem[] = [...file.problems, ...file.warnings];
  try {
    const configuration = loadConfiguration({ flags: new Map(), environment: {}, file });
    problems.push(...configuration.warnings, ...(await findModuleProblems(configuration)));
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    problems.push(...thrown.problems);
  }
  return describeAll(text, problems);
}

function reportWeb(text: string): string {
  const findings: Findings = { problems: [], warnings: [] };
  readWebFile({ name: 'web.yml', text, environment: {}, authMode: undefined }, findings);
  return describeAll(text, [...findings.problems, ...findings.warnings]);
}

const quote = createLineQuoter();

function describeAll(text: string, problems: readonly Problem[]): string {
  return JSON.stringify(problems.map((problem) => ({ ...problem, quoted: quote(text, problem) })));
}

const numRuns = runs(1000);

describe('no damage of one character prints a secret', () => {
  test.each([
    ["zxp's own file", OWN],
    ['a file of json_exporter', THEIRS],
  ])(
    'of %s',
    async (_what, text) => {
      expectNoSecret(await report(text), text);
      await fc.assert(
        fc.asyncProperty(damageOf(text), async (damage) => {
          const damaged = applyDamage(text, damage);
          expectNoSecret(await report(damaged), damaged);
        }),
        { numRuns },
      );
    },
    120_000,
  );

  test('of a web config file', () => {
    fc.assert(
      fc.property(damageOf(WEB), (damage) => {
        const damaged = applyDamage(WEB, damage);
        expectNoSecret(reportWeb(damaged), damaged);
      }),
      { numRuns },
    );
  }, 120_000);

  const texts = [OWN, THEIRS].flatMap(withPlainSecrets);

  test('of files with secrets of digits, and of words that are no secrets elsewhere', async () => {
    for (const text of texts) expectNoSecret(await report(text), text);
    const damaged = fc.constantFrom(...texts).chain((text) => fc.tuple(fc.constant(text), damageOf(text)));
    await fc.assert(
      fc.asyncProperty(damaged, async ([text, damage]) => {
        const changed = applyDamage(text, damage);
        expectNoSecret(await report(changed), changed);
      }),
      { numRuns },
    );
  }, 120_000);

  test('of web config files with such secrets', () => {
    for (const text of withPlainSecrets(WEB)) expectNoSecret(reportWeb(text), text);
    const damaged = fc
      .constantFrom(...withPlainSecrets(WEB))
      .chain((text) => fc.tuple(fc.constant(text), damageOf(text)));
    fc.assert(
      fc.property(damaged, ([text, damage]) => {
        const changed = applyDamage(text, damage);
        expectNoSecret(reportWeb(changed), changed);
      }),
      { numRuns },
    );
  }, 120_000);

  test('where one character after the other is deleted', async () => {
    for (const text of [OWN, THEIRS]) {
      const step = Math.max(1, Math.round(text.length / runs(text.length)));
      for (let at = 0; at < text.length; at += step) {
        const damaged = applyDamage(text, ['delete', at, '']);
        expectNoSecret(await report(damaged), damaged);
      }
    }
  }, 120_000);
});
