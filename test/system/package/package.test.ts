import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What the bundle says that it is made of. */
const materials: {
  readonly metadata: { readonly component: { readonly purl: string } };
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
} = JSON.parse(readFileSync(join(root, 'dist/sbom.cdx.json'), 'utf8'));

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** Files of a package by their paths in it. */
async function pack(folder: string): Promise<{ readonly tarball: string; readonly files: readonly string[] }> {
  // Without scripts: the build empties dist/, which other tests use at this moment.
  const { stdout } = await npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  const [packed] = JSON.parse(stdout);
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }: { readonly path: string }) => path),
  };
}

/** npm as a user runs it, and not as a part of the npm that may have started these tests. */
function npm(cwd: string, ...argv: readonly string[]) {
  const isInherited = (name: string) =>
    /^(npm_(command|lifecycle|package|config_(local_)?prefix)|ZXP_|INIT_CWD$)/.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isInherited(name)));
  return run('npm', argv, { cwd, env, maxBuffer: 10_000_000 });
}

const folder = makeTemporaryFolder();
let packed: Awaited<ReturnType<typeof pack>>;

beforeAll(async () => {
  packed = await pack(folder.path);
});

afterAll(() => folder.close());

describe('the package', () => {
  test('has the program, what it loads, its docs, license and readme, and nothing else', () => {
    const tops = new Set(packed.files.map((path) => path.replace(/\/.*/s, '')));
    expect([...tops].sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'schema']);
    expect(packed.files.filter((path) => path.startsWith('bin/'))).toEqual(['bin/package.json', 'bin/zxp']);
    expect(packed.files).toContain('dist/zxp.js');
    expect(packed.files).toContain('dist/THIRD_PARTY_LICENSES');
    expect(packed.files).toContain('docs/configuration.md');
    for (const path of packed.files.filter((each) => each.startsWith('docs/'))) expect(path).toMatch(/\.(md|svg|png)$/);
  });

  test('has no tests, no sources, and no maps that point to sources', () => {
    for (const path of packed.files.filter((each) => each.startsWith('dist/'))) {
      expect(path).toMatch(/^dist\/([\w-]+\.js|package\.json|THIRD_PARTY_LICENSES|sbom\.cdx\.json)$/);
      expect(readFileSync(join(root, path), 'utf8')).not.toContain('sourceMappingURL');
    }
  });

  test('says what it is, under which license, and what it runs on', () => {
    expect(manifest).toMatchObject({
      name: 'zxp',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      license: 'Apache-2.0',
      type: 'module',
      bin: { zxp: 'bin/zxp' },
      engines: { node: '>=20.19.0' },
      publishConfig: { access: 'public', provenance: true },
      files: ['bin', 'dist', 'docs', 'schema', 'LICENSE', 'README.md'],
    });
    expect(readFileSync(join(root, 'LICENSE'), 'utf8')).toMatch(/^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
    expect(readFileSync(join(root, 'bin/zxp'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('brings the packages that its code imports in the bundle, and has none installed', () => {
    const imported = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => [
        ...readFileSync(join(root, 'src', path), 'utf8').matchAll(
          /^(?:import|export)\b(?! type)[^;]*? from '([^'.][^']*)';|\bimport\('([^'.][^']*)'\)/gm,
        ),
      ])
      .map(([, name, lazy]) => (name ?? lazy ?? '').match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? '')
      // What ajv makes of the schemas is in the bundle; ajv is not.
      .filter((name) => !name.startsWith('node:') && name !== 'ajv');
    expect(manifest.dependencies).toBeUndefined();
    expect(imported.length).toBeGreaterThan(5);
    for (const name of new Set(imported)) {
      expect(manifest.devDependencies).toHaveProperty([name]);
      expect(materials.components).toContainEqual(expect.objectContaining({ name, version: versionOf(name) }));
    }
  });

  test('is locked without the name of any registry', () => {
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
    const lock: { readonly packages: Record<string, { readonly resolved?: string; readonly integrity?: string }> } =
      JSON.parse(text);
    const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(100);
    for (const [path, entry] of entries) {
      expect(entry.resolved, path).toBeUndefined();
      expect(entry.integrity, path).toMatch(/^sha512-/);
    }
    // Hosts are named only where authors ask for money.
    expect(JSON.stringify(lock, (key, value) => (key === 'funding' ? undefined : value))).not.toContain('://');
    expect(lock.packages['']).toMatchObject({ version: manifest.version, devDependencies: manifest.devDependencies });
  });
});

describe('the bundle', () => {
  const alone = makeTemporaryFolder();
  afterAll(() => alone.close());

  test('runs without any package beside it', async () => {
    for (const name of ['bin', 'dist', 'package.json']) {
      cpSync(join(root, name), join(alone.path, name), { recursive: true });
    }
    const bin = join(alone.path, 'bin', 'zxp');
    const { stdout, stderr } = await run(bin, ['demo', '--once'], { cwd: alone.path, env: { PATH: process.env.PATH } });
    expect(stderr).toBe('');
    expect(stdout).toContain('  target_up 1\n');
  });

  test('has a script of its own for each worker', () => {
    const workers = readdirSync(join(root, 'src/workers/entries')).map((name) => name.replace(/\.ts$/, '-worker.js'));
    expect(workers).not.toEqual([]);
    expect(readdirSync(join(root, 'dist')).filter((name) => name.endsWith('-worker.js'))).toEqual(workers.sort());
  });

  test('comes with the licence of every package in it, with its version and text', () => {
    const licenses = readFileSync(join(root, 'dist/THIRD_PARTY_LICENSES'), 'utf8');
    for (const { name, version } of materials.components) {
      expect(licenses).toMatch(new RegExp(`^-{80}\n${name} ${version} \\(.+\\)\n-{80}\n\n\\S`, 'm'));
    }
  });

  test('comes with a bill of materials that tells it and its packages by purl', () => {
    expect(materials).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    expect(materials.metadata.component.purl).toBe(`pkg:npm/zxp@${manifest.version}`);
    const purls = materials.components.map(({ purl }) => purl);
    for (const purl of purls) expect(purl).toMatch(/^pkg:npm\/(%40[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+$/);
    expect(new Set(purls).size).toBe(purls.length);
  });
});

describe('installed in an empty folder', () => {
  const home = makeTemporaryFolder();
  afterAll(() => home.close());

  beforeAll(async () => {
    // Without one of its own, npm would install into a folder above that has one.
    home.write('package.json', '{ "private": true }');
    const quiet = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier'];
    await npm(home.path, 'install', '--prefix', home.path, ...quiet, packed.tarball);
  });

  test('npx zxp --version runs', async () => {
    const { stdout } = await npm(home.path, 'exec', '--no', '--', 'zxp', '--version');
    expect(stdout).toBe(`zxp ${manifest.version} (node ${process.version})\n`);
  });

  test('zxp demo --once shows one scrape that is up and one that is not', async () => {
    const bin = join(home.path, 'node_modules', '.bin', 'zxp');
    expect(existsSync(bin)).toBe(true);
    const { stdout, stderr } = await run(bin, ['demo', '--once'], { cwd: home.path, env: { PATH: process.env.PATH } });
    expect(stderr).toBe('');
    expect(stdout).toContain('  target_up 1\n');
    expect(stdout).toContain('  target_up 0\n');
    expect(stdout).toContain('  target_scrape_error{reason="unauthorized"} 1\n');
  });

  test('the docs that it comes with are the ones of the repository', () => {
    const docs = join(home.path, 'node_modules', 'zxp', 'docs');
    expect(readdirSync(docs).sort()).toEqual(readdirSync(join(root, 'docs')).sort());
  });
});
