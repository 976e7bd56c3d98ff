import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';

const folder = fileURLToPath(new URL('../../fixtures/mistakes/', import.meta.url));
const mistakes = readdirSync(folder).filter((name) => name.endsWith('.yml'));

test('there are twenty typical mistakes at least', () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(20);
});

test.each(mistakes)('zxp check of %s reports what its transcript has, and no secret', async (name) => {
  const { exitCode, stdout, stderr } = await runCommandLine(['check', `${folder}${name}`]);
  const transcript = `$ zxp check ${name}\n${stderr}${stdout}$ echo $?\n${exitCode}\n`.replaceAll(folder, '');
  expect(transcript).toBe(readFileSync(`${folder}${name.replace(/\.yml$/, '.txt')}`, 'utf8'));
  expect(transcript).not.toContain('s3cr3t');
});
