import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LocalPlaygroundOptions, startLocalPlayground } from '../../src/app/local-playground.js';
import { loadScrapeSettings } from '../../src/cli/settings-source.js';
import { ask, basic, type Question } from '../support/ask.js';
import { createContext } from '../support/cli-context.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const mapping = "modules:\n  stock:\n    metrics:\n      - { name: stock_items, path: '{.count}' }\n";

async function start(options: Partial<LocalPlaygroundOptions> = {}) {
  const { file } = options;
  const values = new Map(file === undefined ? [] : [['config.file', [file]]]);
  const playground = await startLocalPlayground({
    file: undefined,
    input: undefined,
    isWritable: false,
    port: 0,
    load: () => loadScrapeSettings(createContext({}), { values, problems: [], words: [] }),
    headers: [],
    version: '0.0.0-test',
    environment: {},
    ...options,
  });
  forThisTest(playground);
  return {
    ...playground,
    post: (path: string, fields: object, headers = {}) => ask(`${playground.url}/${path}`, post(fields, headers)),
  };
}

function post(fields: object, headers: Question['headers'] = {}): Question {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(fields) };
}

/** A file in a folder of its own, open for saving. */
async function startWritable(text = mapping, prepare: (file: string) => string = (file) => file) {
  const folder = forThisTest(makeTemporaryFolder());
  const file = folder.write('zxp.yml', text);
  const playground = await start({ file: prepare(file), isWritable: true });
  const { text: page } = await ask(playground.url);
  const digest = /data-digest="(\w+)"/.exec(page)?.[1] ?? '';
  const save = (saved: string, of = digest) => playground.post('save', { mapping: saved, digest: of });
  return { folder, file, digest, save };
}

describe('a playground on loopback', () => {
  test('listens on 127.0.0.1, and shows the file and the document', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const { url } = await start({
      file: folder.write('zxp.yml', mapping),
      input: folder.write('doc.json', '{"count": 7}'),
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/playground$/);
    const { status, text } = await ask(url);
    expect(status).toBe(200);
    expect(text).toContain('{&quot;count&quot;: 7}</textarea>');
    expect(text).toContain('path: &#39;{.count}&#39; }\n</textarea>');
    expect(text).toContain('zxp.yml is read-only here');
  });

  test('has another token at each start', async () => {
    const tokens = [(await start()).url, (await start()).url].map((url) => new URL(url).pathname);
    expect(new Set(tokens).size).toBe(2);
  });

  test('needs the token for whatever it is, and names it to nobody', async () => {
    const { url } = await start();
    const { origin, pathname } = new URL(url);
    const token = pathname.split('/')[1] ?? '';
    const wrong = [
      '',
      'playground',
      `${token.slice(0, -1)}${token.endsWith('x') ? 'y' : 'x'}/playground`,
      `${token}x/playground`,
      `x${token}/playground/script.js`,
    ];
    for (const path of [...wrong, '-/style.css', '%2e%2e/playground'])
      expect(await ask(`${origin}/${path}`), path).toMatchObject({
        status: 403,
        text: expect.not.stringContaining(token),
      });
    expect((await ask(`${origin}/playground/evaluate`, post({ mapping }))).status).toBe(403);
    expect((await ask(`${origin}/${token}`)).headers.location).toBe(pathname);
  });

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1', '127.0.0.1:1', '[::1]:80'])(
    'does not answer to the name %s',
    async (host) => {
      const { url } = await start();
      expect((await ask(url, { headers: { host } })).status).toBe(403);
      expect((await ask(`${url}/evaluate`, post({ mapping }, { host }))).status).toBe(403);
    },
  );

  test('does nothing for another site that knows the URL', async () => {
    const { post } = await start();
    expect((await post('evaluate', { mapping }, { origin: 'http://evil.example' })).status).toBe(403);
  });

  test('evaluates, and saves nothing unless it may', async () => {
    const { post } = await start();
    expect((await post('evaluate', { document: '{"count": 7}', mapping })).text).toContain('stock_items 7');
    expect((await post('save', { mapping, digest: '' })).status).toBe(404);
  });

  test('on a port that is in use does not start, and names --port', async () => {
    const port = Number(new URL((await start()).url).port);
    await expect(start({ port })).rejects.toMatchObject({
      code: 'listen',
      message: `cannot listen on 127.0.0.1:${port}: the address is in use`,
      hint: 'choose another with --port, or leave it out for any',
    });
  });

  test('of a file that cannot be read does not start', async () => {
    await expect(start({ file: '/nowhere/zxp.yml' })).rejects.toMatchObject({
      code: 'usage',
      message: '/nowhere/zxp.yml: cannot be read: no such file or directory',
    });
  });
});

describe('a target', () => {
  test('is requested as the file on disk says, with its credentials, or those of the command line', async () => {
    const seen: (string | undefined)[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        seen.push(request.headers.authorization);
        response.end('{"count": 7}');
      }),
    );
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('password', 's3cr3t\n');
    const own = { http_client_config: { basic_auth: { username: 'zxp', password_file: 'password' } }, metrics: [] };
    const config = {
      targets: [{ name: 'north', url: `${upstream.url}/`, module: 'own' }],
      modules: { own, plain: { metrics: [] } },
    };
    const headers = [['authorization', basic('bob', 'builder').authorization]] as const;
    const { post } = await start({ file: folder.write('zxp.yml', JSON.stringify(config)), headers });
    const request = (query: Record<string, string>) =>
      post(`request?${new URLSearchParams(query)}`, {}, basic('of', 'browser'));
    expect(JSON.parse((await request({ target: 'north' })).text)).toEqual({ document: '{"count": 7}' });
    expect((await request({ target: `${upstream.url}/any`, module: 'plain' })).status).toBe(200);
    expect(seen).toEqual([basic('zxp', 's3cr3t').authorization, basic('bob', 'builder').authorization]);
    expect((await request({ target: 'nowhere' })).status).toBe(400);
    expect((await request({ target: `${upstream.url}/`, module: 'nowhere' })).status).toBe(400);
  });

  test('is not requested where the file is not valid, which is said', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const { post } = await start({ file: folder.write('zxp.yml', 'modules: { a: { metrcs: [] } }\nlimits: {}\n') });
    expect(await post('request?target=http://127.0.0.1:9/', {})).toMatchObject({
      status: 502,
      text: expect.stringContaining('hint: did you mean metrics?'),
    });
  });
});

describe('the file', () => {
  const next = mapping.replace('stock_items', 'stock_things');

  test('is replaced by a mapping that is valid, again and again, and keeps its mode', async () => {
    const { folder, file, save } = await startWritable(mapping, (path) => {
      chmodSync(path, 0o640);
      return path;
    });
    const { status, text } = await save(next);
    expect([status, readFileSync(file, 'utf8')]).toEqual([200, next]);
    expect((await save(mapping, JSON.parse(text).digest)).status).toBe(200);
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([mapping, 0o640]);
    expect(readdirSync(folder.path)).toEqual(['zxp.yml']);
  });

  test('stays as it is where the mapping has errors, each with its place', async () => {
    const { file, save } = await startWritable();
    const { status, text } = await save(`${mapping}  bad\n`);
    expect(status).toBe(422);
    expect(text).toContain('error: not saved: the mapping is not valid\nerror: line 5, column ');
    expect(readFileSync(file, 'utf8')).toBe(mapping);
  });

  test('is not overwritten where it was changed since it was read', async () => {
    const { folder, file, save } = await startWritable();
    writeFileSync(file, '# by somebody else\n');
    expect(await save(next)).toMatchObject({ status: 409, text: expect.stringContaining('has changed on disk') });
    expect((await save(next, '')).status).toBe(409);
    expect(readFileSync(file, 'utf8')).toBe('# by somebody else\n');
    expect(readdirSync(folder.path)).toEqual(['zxp.yml']);
  });

  test('stays a symbolic link, and keeps the ends of its lines', async () => {
    const windows = mapping.replaceAll('\n', '\r\n');
    let link = '';
    const { file, save } = await startWritable(windows, (path) => {
      link = join(path, '..', 'link.yml');
      symlinkSync(path, link);
      return link;
    });
    expect((await save(next)).status).toBe(200);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(next.replaceAll('\n', '\r\n'));
  });
});
