import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { answerGauges, createHold, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { findFreePort } from '../support/free-port.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { type ArchivedImage, unpackImage } from './image-archive.js';
import { podman, runToEnd, startContainer } from './podman.js';

/**
 * The folder where .ci/images left the image in the two formats. The tests
 * run where containers may: in .ci/in-namespace, as .ci/run does.
 */
const folder = process.env.TEST_IMAGES;
const IMAGE = 'localhost/zxp:latest';
const MAX_BYTES = 60_000_000;
const MEBIBYTE = 1024 * 1024;
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const startUpstream = async () =>
  forThisTest(await startStubUpstream((_request, answer) => answerGauges(answer, { up: 1 })));

/** zxp in a container, on a free port of the loopback, in front of an upstream. */
async function start(upstream: string, options: readonly string[] = []) {
  const address = `127.0.0.1:${await findFreePort()}`;
  const argv = ['--upstream', upstream, '--web.listen-address', address];
  const container = forThisTest(await startContainer(IMAGE, argv, options));
  return { ...container, url: `http://${address}` };
}

describe('the image', () => {
  const archive = (name: string) => join(folder ?? '', name);
  const root = makeTemporaryFolder();
  const read = (path: string) => readFileSync(join(root.path, path), 'utf8');
  let image: ArchivedImage;

  beforeAll(async () => {
    image = unpackImage(archive('zxp.oci.tar'), root.path);
    const loaded = await podman('load', '--input', archive('zxp.docker.tar'));
    expect(loaded).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => root.close());

  describe('as it lies in a registry', () => {
    test('is not larger than 60 MB', () => {
      expect(image.bytes).toBeLessThan(MAX_BYTES);
    });

    test('has no shell, no package manager, and nothing that raises privileges', () => {
      const programs = image.files.filter(({ mode }) => /^-.*x/.test(mode)).map(({ path }) => path);
      const others = programs.filter((path) => !/\.so\.\d+$/.test(path));
      expect(others.sort()).toEqual(['opt/zxp/bin/zxp', 'usr/local/bin/node']);
      expect(image.files.filter(({ mode }) => /[sStT]/.test(mode))).toEqual([]);
    });

    test('has no file that its user owns or may write', () => {
      expect(image.files.filter(({ owner, mode }) => owner !== '0/0' || /^.{8}w/.test(mode))).toEqual([]);
    });

    test('tells what is in it: packages of npm, packages of Debian, and their licences', () => {
      expect(JSON.parse(read('opt/zxp/dist/sbom.cdx.json'))).toMatchObject({ bomFormat: 'CycloneDX' });
      const paths = image.files.map(({ path }) => path);
      const records = paths.filter((path) => /status\.d\/./.test(path));
      expect(records).toContain('var/lib/dpkg/status.d/libc6');
      for (const record of records) {
        const name = record.replace(/.*\//, '');
        expect(read(record)).toMatch(new RegExp(`^Package: ${name.replaceAll('+', '\\+')}\n[^]*^Version: \\S+$`, 'm'));
        expect(paths).toContain(`usr/share/doc/${name}/copyright`);
      }
      expect(read('etc/os-release')).toContain('ID=debian');
      for (const text of ['opt/zxp/LICENSE', 'opt/zxp/dist/THIRD_PARTY_LICENSES', 'usr/local/LICENSE']) {
        expect(read(text)).toMatch(/licen[sc]e/i);
      }
    });

    test('says who it is, and runs zxp as a user without a name to look up', () => {
      const { User, Entrypoint, ExposedPorts, Labels } = image.config.config;
      expect({ User, Entrypoint, ExposedPorts }).toEqual({
        User: '65532:65532',
        Entrypoint: expect.arrayContaining(['/usr/local/bin/node', '--permission', '/opt/zxp/bin/zxp']),
        ExposedPorts: { '8081/tcp': {} },
      });
      expect(Labels).toMatchObject({
        'org.opencontainers.image.title': 'zxp',
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/),
        'org.opencontainers.image.created': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
    });

    test('keeps nothing of the machine that built it', () => {
      expect(image.config.config.Env).toEqual([
        'PATH=/opt/zxp/bin:/usr/local/bin',
        'NODE_ENV=production',
        'MALLOC_MMAP_THRESHOLD_=65536',
      ]);
      expect(image.configText).not.toMatch(/npmrc|cafile|registry|https?:/);
      expect(image.files.map(({ path }) => path).filter((path) => /npmrc|node_modules|\.ts$/.test(path))).toEqual([]);
    });
  });

  describe('running, with a root that is read-only and no capability', () => {
    test('answers a scrape, as user 65532', async () => {
      const { id, url } = await start((await startUpstream()).url);
      const reply = await (await fetch(`${url}/metrics`)).text();
      expect(reply).toContain('\nup 1\n');
      expect(reply).toContain('\ntarget_up 1\n');
      const { stdout } = await podman('inspect', id, '--format', '{{.State.Pid}}');
      const status = readFileSync(`/proc/${stdout.trim()}/status`, 'utf8');
      expect(status).toMatch(/^Uid:(\t65532){4}$/m);
      expect(status).toMatch(/^Gid:(\t65532){4}$/m);
      for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
        expect(status).toMatch(new RegExp(`^Cap${set}:\t0{16}$`, 'm'));
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    });

    test('has no permission to write, to start a program, or to read what is not configured', async () => {
      const { Entrypoint } = image.config.config;
      const flags = Entrypoint.slice(1, -1);
      const attempt = async (code: string) => {
        const script = `try { ${code}; console.log('done'); } catch ({ code }) { console.log(code); }`;
        return (await runToEnd(IMAGE, [...flags, '-e', script], ['--entrypoint=/usr/local/bin/node'])).stdout;
      };
      expect(await attempt(`fs.writeFileSync('/dev/shm/x', '')`)).toBe('ERR_ACCESS_DENIED\n');
      expect(await attempt(`child_process.spawnSync('/usr/local/bin/node')`)).toBe('ERR_ACCESS_DENIED\n');
      expect(await attempt(`fs.readFileSync('/etc/passwd')`)).toBe('ERR_ACCESS_DENIED\n');
      expect(await attempt(`fs.readFileSync('/opt/zxp/package.json')`)).toBe('done\n');
    });

    test('runs --web.workers where NODE_OPTIONS allows child processes', async () => {
      const upstream = await startUpstream();
      const port = await findFreePort();
      const argv = [`--upstream=${upstream.url}`, '--web.workers=2', `--web.listen-address=127.0.0.1:${port}`];
      forThisTest(await startContainer(IMAGE, argv, ['--env=NODE_OPTIONS=--allow-child-process']));
      const scrape = () =>
        fetch(`http://127.0.0.1:${port}/metrics`).then(
          (reply) => reply.text(),
          () => '',
        );
      await eventually('both workers listen', async () => (await scrape()).includes('\ntarget_up 1\n'), 20_000);
    });

    test('answers scrapes of a reply of 62 MiB, one after the other, in 256 MiB of memory', {
      timeout: 60_000,
    }, async () => {
      const rows = Array.from({ length: 640_000 }, (_, i) =>
        JSON.stringify({ Name: 'zot.repo.bytes', LabelNames: ['repo'], LabelValues: [`team/registry-${i}`], Value: i }),
      );
      const body = Buffer.from(`{"Counters":null,"Gauges":[${rows.join(',')}],"Summaries":null,"Histograms":null}`);
      expect(body.length).toBeGreaterThan(62 * MEBIBYTE);
      const upstream = forThisTest(await startStubUpstream((_request, answer) => answer.end(body)));
      const { id, url } = await start(upstream.url);
      const { stdout } = await podman('inspect', id, '--format', '{{.State.Pid}}');
      let peak = 0;
      const look = setInterval(() => {
        const [, kibibytes] =
          /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${stdout.trim()}/status`, 'utf8')) ?? [];
        peak = Math.max(peak, Number(kibibytes) * 1024);
      }, 10);
      forThisTest({ close: () => clearInterval(look) });
      for (let i = 0; i < 4; i++) {
        const reply = await (await fetch(`${url}/metrics`)).text();
        expect(reply).toContain(`\ntarget_scrape_samples ${rows.length}\n`);
      }
      expect(peak).toBeGreaterThan(100 * MEBIBYTE);
      expect(peak).toBeLessThan(256 * MEBIBYTE);
    });

    test('cannot write anywhere', async () => {
      const write = `try { fs.writeFileSync('/tmp.txt', ''); } catch ({ code }) { console.log(code); }`;
      const { stdout } = await runToEnd(IMAGE, ['-e', write], ['--entrypoint=node']);
      expect(stdout).toBe('EROFS\n');
    });

    test('has no shell to start', async () => {
      for (const shell of ['sh', 'bash', '/bin/sh']) {
        const { exitCode, stderr } = await runToEnd(IMAGE, ['-c', 'true'], [`--entrypoint=${shell}`]);
        expect(exitCode).toBe(127);
        expect(stderr).toContain('not found');
      }
    });

    test('finds the names of /etc/hosts', async () => {
      const { port } = new URL((await startUpstream()).url);
      const { url } = await start(`http://registry:${port}`, ['--add-host=registry:127.0.0.1']);
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('\ntarget_up 1\n');
    });

    test('is healthy by its own health check and by zxp health, whatever the port', async () => {
      const { id, exec, url } = await start('http://127.0.0.1:9');
      expect(await podman('healthcheck', 'run', id)).toMatchObject({ exitCode: 0 });
      expect(await exec('zxp', 'health', url)).toMatchObject({
        exitCode: 0,
        stdout: `zxp: ${url}/-/healthy is healthy\n`,
      });
      expect(await exec('zxp', 'health', '--web.listen-address=:9')).toMatchObject({ exitCode: 1 });
    });

    test('answers the scrape under way after SIGTERM, and exits with 0', async () => {
      const hold = createHold();
      const upstream = await startStubUpstream(async (_request, answer) => {
        await hold.pass();
        answerGauges(answer, { late: 1 });
      });
      forThisTest(upstream);
      const { id, log, url } = await start(upstream.url);
      const scrape = fetch(`${url}/metrics`).then((reply) => reply.text());
      await eventually('a scrape under way', () => hold.held === 1);
      const stopped = podman('stop', '--time=30', id);
      await eventually('zxp shuts down', async () => (await log()).includes('shutting down'));
      hold.release();
      expect(await scrape).toContain('\nlate 1\n');
      expect(await stopped).toMatchObject({ exitCode: 0 });
      expect((await podman('inspect', id, '--format', '{{.State.ExitCode}}')).stdout).toBe('0\n');
    });

    test('takes the config file of zot’s exporter, mounted where that has it', async () => {
      const upstream = new URL((await startUpstream()).url);
      const port = await findFreePort();
      const config = { Server: { host: upstream.hostname, port: upstream.port }, Exporter: { port: String(port) } };
      const file = forThisTest(makeTemporaryFolder()).write('config.json', JSON.stringify(config));
      const options = [`--volume=${file}:/etc/zxp/config.json:ro`];
      const { id } = forThisTest(await startContainer(IMAGE, ['config', '/etc/zxp/config.json'], options));
      expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('\ntarget_up 1\n');
      expect(await podman('healthcheck', 'run', id)).toMatchObject({ exitCode: 0 });
    });

    test('says what is missing where it has no settings, and exits with 2', async () => {
      const { exitCode, stderr } = await runToEnd(IMAGE, []);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('zxp: error: --upstream: is not set\n');
    });

    test('has every command of zxp', async () => {
      expect(await runToEnd(IMAGE, ['--version'])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`zxp ${version} (node v24.`),
      });
      expect(await runToEnd(IMAGE, ['demo', '--once'])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('  target_up 1\n'),
      });
    });
  });
});
