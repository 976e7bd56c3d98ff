import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { testWith } from '../support/programs.js';

const dockerfile = fileURLToPath(new URL('../../deploy/Dockerfile', import.meta.url));

testWith('hadolint', 'the Dockerfile has no fault that hadolint knows', async () => {
  const { stdout } = await promisify(execFile)('hadolint', ['--failure-threshold', 'style', dockerfile]);
  expect(stdout).toBe('');
});
