import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { programPath, runBuilt } from '../support/built-program.js';
import { forThisTest } from '../support/for-this-test.js';
import { testWith } from '../support/programs.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const folder = fileURLToPath(new URL('../../deploy/systemd', import.meta.url));
const unit = readFileSync(join(folder, 'zxp.service'), 'utf8');
const run = promisify(execFile);

/** The unit with the zxp of this repository in place of the installed one. */
function writeUnit(text = unit): string {
  return forThisTest(makeTemporaryFolder()).write(
    'zxp.service',
    text.replace('ExecStart=zxp', `ExecStart=${programPath}`),
  );
}

describe('the socket unit', () => {
  testWith('systemd-analyze', 'has no fault that systemd knows', async () => {
    const socket = readFileSync(join(folder, 'zxp.socket'), 'utf8');
    const folderOfUnits = forThisTest(makeTemporaryFolder());
    folderOfUnits.write('zxp.service', unit.replace('/usr/local/bin/zxp', programPath));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', folderOfUnits.write('zxp.socket', socket)]);
    expect(stdout + stderr).toBe('');
  });

  test('passes its address to the service of the same name', () => {
    const socket = readFileSync(join(folder, 'zxp.socket'), 'utf8');
    expect(socket).toMatch(/^ListenStream=8081$/m);
    expect(socket).not.toMatch(/^Accept=/m);
  });
});

describe('the unit', () => {
  testWith('systemd-analyze', 'has no fault that systemd knows', async () => {
    const { stdout, stderr } = await run('systemd-analyze', ['verify', writeUnit()]);
    expect(stdout + stderr).toBe('');
  });

  testWith('systemd-analyze', 'a fault in it would be found', async () => {
    const { stderr } = await run('systemd-analyze', ['verify', writeUnit(unit.replace('ProtectHome', 'ProtectHorne'))]);
    expect(stderr).toContain('ProtectHorne');
  });

  testWith('systemd-analyze', 'has an exposure under 2.0', async () => {
    const options = ['security', '--offline=true', '--threshold=20', '--no-pager'];
    const { stdout } = await run('systemd-analyze', [...options, writeUnit()]);
    expect(stdout).toContain('Overall exposure level for zxp.service');
  });

  test('keeps what V8 needs: memory that is written and run, and its own priorities', () => {
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
    expect(unit).not.toMatch(/^SystemCallFilter=.*@resources/m);
  });

  test('gives zxp longer to end than it takes', async () => {
    const { stdout } = await runBuilt(['help']);
    const drainSeconds = Number(/--web\.drain-timeout[\s\S]*?default (\d+)s/.exec(stdout)?.[1]);
    expect(Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1])).toBeGreaterThan(drainSeconds);
  });

  test('does not start zxp again where its configuration is refused', async () => {
    const { exitCode } = await runBuilt(['--upstream', 'registry']);
    expect(unit).toContain(`RestartPreventExitStatus=${exitCode}\n`);
  });
});

testWith('bash', 'the flags of zxp.default are ones that zxp takes', async () => {
  const { stdout } = await run('bash', ['-c', `. '${join(folder, 'zxp.default')}' && printf %s "$ARGS"`]);
  const { exitCode, stdout: said } = await runBuilt(['check', ...stdout.split(' ')]);
  expect(said).toContain('configuration is valid: http://localhost:5000/metrics');
  expect(exitCode).toBe(0);
});

testWith('systemd-sysusers', 'zxp.sysusers makes a user without a home and without a shell', async () => {
  const root = forThisTest(makeTemporaryFolder()).path;
  mkdirSync(join(root, 'etc'));
  await run('systemd-sysusers', [`--root=${root}`, join(folder, 'zxp.sysusers')]);
  expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(
    /^zxp:x:\d+:\d+:zxp exporter:\/:\/usr\/sbin\/nologin$/m,
  );
});
