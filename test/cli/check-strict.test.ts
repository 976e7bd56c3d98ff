import { expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const warned = "modules:\n  default:\n    metrics: [{ name: a, help: a, path: '{.a}' }]\n";

test('a configuration with warnings alone is valid, and exits with 0', async () => {
  const file = forThisTest(makeTemporaryFolder()).write('json_exporter.yml', warned);
  const { exitCode, stderr } = await runCommandLine(['check', file]);
  expect(stderr).toContain('zxp: warning: ');
  expect(exitCode).toBe(0);
});

test('--strict exits with 2 for warnings, and with 0 without any', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const file = folder.write('json_exporter.yml', warned);
  expect((await runCommandLine(['check', '--strict', file])).exitCode).toBe(2);
  expect((await runCommandLine(['check', '--strict', '--upstream', 'http://a'])).exitCode).toBe(0);
});
