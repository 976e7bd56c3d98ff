import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { readDigest } from './image-archive.js';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../deploy/build-release.sh', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The folder where .ci/images left a release, made by deploy/build-release.sh. */
const images = process.env.TEST_IMAGES;
describe('a release', () => {
  const folder = join(images ?? '', 'release');
  const executable = `zxp-${version}-linux-x64`;
  const parts = [
    executable,
    ...['cdx.json', 'helm.tgz', 'npm.tgz', 'oci.tar'].map((kind) => `zxp-${version}.${kind}`),
    ...['agent', 'proxy'].map((side) => `zxp-${side}-${version}.helm.tgz`),
  ].sort();
  const read = (name: string) => readFileSync(join(folder, name));
  const list = async (name: string) => {
    const { stdout } = await run('tar', ['--list', '--file', join(folder, name)]);
    return stdout.trim().split('\n');
  };

  /** Verifies with the words that docs/releases.md has. */
  const verify = (sums: string) => {
    const signature = join(folder, 'SHA256SUMS.sig');
    return run('openssl', ['dgst', '-sha256', '-verify', `${folder}.pub`, '-signature', signature, sums]);
  };

  test('is the package, the image, the executable, the charts, the bill of materials, checksums and their signature', () => {
    expect(readdirSync(folder).sort()).toEqual(['SHA256SUMS', 'SHA256SUMS.sig', ...parts]);
  });

  test('has the right checksum of each part', () => {
    const lines = parts.map((name) => `${createHash('sha256').update(read(name)).digest('hex')}  ${name}\n`);
    expect(read('SHA256SUMS').toString()).toBe(lines.join(''));
  });

  test('has a signature that the public key verifies, and does not once a byte is another', async () => {
    expect((await verify(join(folder, 'SHA256SUMS'))).stdout).toBe('Verified OK\n');
    const changed = read('SHA256SUMS');
    changed[0] = (changed[0] ?? 0) ^ 1;
    const copy = forThisTest(makeTemporaryFolder()).write('SHA256SUMS', '');
    writeFileSync(copy, changed);
    await expect(verify(copy)).rejects.toMatchObject({ code: 1, stdout: 'Verification failure\n' });
  });

  test('has the package that npm installs, with the bundle', async () => {
    const files = await list(`zxp-${version}.npm.tgz`);
    expect(files).toEqual(expect.arrayContaining(['package/package.json', 'package/bin/zxp', 'package/dist/zxp.js']));
    expect(files.filter((path) => !/^package\/(bin|dist|docs|schema)\/|^package\/[^/]+$/.test(path))).toEqual([]);
  });

  test('has the chart in the same version, with the files that it links to', async () => {
    const name = `zxp-${version}.helm.tgz`;
    expect(await list(name)).toEqual(
      expect.arrayContaining([
        'zxp/Chart.yaml',
        'zxp/values.schema.json',
        'zxp/files/zxp.json',
        'zxp/files/zxp.rules.yml',
      ]),
    );
    const { stdout } = await run('helm', ['show', 'chart', join(folder, name)]);
    expect(stdout).toMatch(new RegExp(`^appVersion: ${version}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^version: ${version}$`, 'm'));
    expect(
      (
        await run('helm', [
          'template',
          'zxp',
          join(folder, name),
          '--set',
          'upstream.url=http://a',
          '--kube-version=1.34.0',
        ])
      ).stdout,
    ).toContain('kind: Deployment');
  });

  test.each(['agent', 'proxy'])('has the chart of the %s in the same version', async (side) => {
    const { stdout } = await run('helm', ['show', 'chart', join(folder, `zxp-${side}-${version}.helm.tgz`)]);
    expect(stdout).toMatch(new RegExp(`^appVersion: ${version}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^version: ${version}$`, 'm'));
  });

  test('has an executable that scrapes, needs no other file and carries the current LTS of Node', async () => {
    const folderWithout = forThisTest(makeTemporaryFolder()).path;
    const options = { cwd: folderWithout, env: {} };
    expect((await run(join(folder, executable), ['--version'], options)).stdout).toMatch(
      new RegExp(`^zxp ${version} \\(node v24\\.`),
    );
    expect((await run(join(folder, executable), ['demo', '--once'], options)).stdout).toContain('  target_up 1\n');
  });

  test('has the image that another folder, umask and time build to the last bit', () => {
    expect(readDigest(join(folder, `zxp-${version}.oci.tar`))).toBe(readDigest(join(images ?? '', 'zxp.oci.tar')));
  });
});

describe('deploy/build-release.sh refuses', () => {
  const release = (folder: string, environment: Readonly<Record<string, string>> = {}) =>
    run(script, [folder], { env: { ...process.env, ...environment } });

  test('a tag that is not the version', async () => {
    const { path } = forThisTest(makeTemporaryFolder());
    await expect(release(path, { TAG: 'v9.9.9' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`release: the tag is v9.9.9, the version of package.json ${version}\n`),
    });
  });

  test('a folder with something in it', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('something', '');
    await expect(release(folder.path)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`release: ${folder.path} is not empty\n`),
    });
  });
});
