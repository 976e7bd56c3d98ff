import { expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { startDaemon } from '../support/daemon.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const NAME = String.raw`n\e[31mx\u009b1m`;
const SHOWN = String.raw`n\u001b[31mx\u009b1m`;
const config = (module: string) =>
  `targets: [{ name: "${NAME}", url: "http://127.0.0.1:9", module: "${module}" }]\nmodules: { m: { allow: [] } }\n`;
const CONTROLS = /(?!\n)\p{Cc}/u;

test('control characters of names in a file are escaped by zxp check', async () => {
  const folder = forThisTest(makeTemporaryFolder());
  const valid = await runCommandLine(['check', folder.write('zxp.yml', config('m'))]);
  expect(valid.exitCode).toBe(0);
  expect(valid.stdout).toContain(`targets ${SHOWN}`);
  const invalid = await runCommandLine(['check', folder.write('zxp.yml', config(NAME))]);
  expect(invalid.exitCode).toBe(2);
  expect(invalid.stderr).toContain('unknown module');
  for (const { stdout, stderr } of [valid, invalid]) expect(stdout + stderr).not.toMatch(CONTROLS);
});

test('control characters of names in a file are escaped by /-/config', async () => {
  const zxp = await startDaemon({ config: config('m') });
  const { text } = await zxp.ask('/-/config');
  expect(text).toContain(`# target ${SHOWN}: http`);
  expect(text).not.toMatch(CONTROLS);
});
