import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const DOCUMENT = '{"queues": [{"name": "mail", "depth": 3}]}';

const withoutHeading = (yaml: string) =>
  yaml
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');

const METRICS = (name: string) => `    metrics:
      - name: ${name}_queue_depth
        help: Measurements of each queue of ${name}.
        type: object
        valuetype: gauge
        path: '{.queues[*]}'
        labels: { queue: '{.name}' }
        value: '{.depth}'
`;

describe('the file', () => {
  test('of a document is named after it, and has no target', async () => {
    const path = forThisTest(makeTemporaryFolder()).write('mailer.json', DOCUMENT);
    const { exitCode, stdout, stderr } = await runCommandLine(['infer', path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^# Proposed by zxp infer from mailer\.json\. /);
    expect(withoutHeading(stdout)).toBe(
      `targets: [] # - { name: mailer, url: "https://api.example/path", module: mailer }\nmodules:\n  mailer:\n${METRICS('mailer')}`,
    );
  });

  test('of a URL has it as a target, and the names of headers but no credential', async () => {
    const seen: unknown[] = [];
    const upstream = forThisTest(
      await startStubUpstream((request, response) => {
        seen.push([request.url, request.headers.authorization, request.headers['x-tenant']]);
        response.end(DOCUMENT);
      }),
    );
    const url = `${upstream.url}/api/status?a=b`;
    const { exitCode, stdout } = await runCommandLine([
      'infer',
      url,
      '--name',
      'mailer',
      '-u',
      'alice:wonderland',
      '-H',
      'X-Tenant: acme',
    ]);
    expect(exitCode).toBe(0);
    expect(seen).toEqual([['/api/status?a=b', `Basic ${btoa('alice:wonderland')}`, 'acme']]);
    expect(withoutHeading(stdout)).toBe(
      `targets:\n  - { name: mailer, url: '${url}', module: mailer }\nmodules:\n  mailer:\n    forward_headers: [x-tenant]\n${METRICS('mailer')}`,
    );
    expect(stdout).not.toMatch(/alice|wonderland|acme/);
  });

  test('has no parameter of the URL that may be a secret, and says how the module can have it', async () => {
    const upstream = forThisTest(await startStubUpstream((_request, response) => void response.end(DOCUMENT)));
    const { stdout } = await runCommandLine(['infer', `${upstream.url}/s?a=%62&api_token=CANARY&b=1`, '--name', 'm']);
    expect(stdout).toContain(`\n  - { name: m, url: '${upstream.url}/s?a=%62&b=1', module: m }\n`);
    expect(stdout).toContain(`\n# params: { "api_token": '\${API_TOKEN}' }\n`);
    expect(stdout).not.toContain('CANARY');
  });

  test.each([
    ['zot.json', 'zot-api'],
    ['Flatten.json', 'Flatten-api'],
    ['7 seas.v2.json', 'seas-v2'],
    ['2026.json', 'document'],
  ])('of %s has the module %s', async (file, module) => {
    const path = forThisTest(makeTemporaryFolder()).write(file, DOCUMENT);
    expect((await runCommandLine(['infer', path])).stdout).toContain(`\nmodules:\n  ${module}:\n`);
  });

  test('of lines says so', async () => {
    const { stdout } = await runCommandLine(['infer', '-'], {
      stdin: '{"name": "a", "n": 1}\n{"name": "b", "n": 2}\n',
    });
    expect(stdout).toContain('    format: ndjson\n');
  });

  test('of a configured target is requested by its module', async () => {
    const upstream = forThisTest(
      await startStubUpstream((request, response) => response.end(`{"${request.headers['x-key']}": 1}`)),
    );
    const file = forThisTest(makeTemporaryFolder()).write(
      'zxp.yml',
      `targets: [{ name: north, url: "${upstream.url}/x", module: api }]\nmodules: { api: { headers: { X-Key: stock }, metrics: [] } }\n`,
    );
    const { stdout } = await runCommandLine(['infer', '--config.file', file, 'north']);
    expect(stdout).toContain(`  - { name: north, url: '${upstream.url}/x', module: north }\n`);
    expect(stdout).toContain('- name: north_stock\n');
  });
});

describe('what cannot be read', () => {
  test.each([
    ['{"a": ', /^zxp: error: standard input: the response is not JSON: line 1, column 7: .*\nzxp: hint: .*\n$/],
    ['', /^zxp: error: standard input: the response is not JSON: it is empty\n/],
    ['{"a": 1}\n{"b": ', /^zxp: error: standard input: the response is not JSON: line 2/],
  ])('%j exits with 1, and prints no file', async (stdin, message) => {
    const { exitCode, stdout, stderr } = await runCommandLine(['infer', '-'], { stdin });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('a status of failure exits with 1, and says what to do', async () => {
    const upstream = forThisTest(
      await startStubUpstream((_, response) => {
        response.statusCode = 401;
        response.end('{"a": 1}');
      }),
    );
    expect(await runCommandLine(['infer', upstream.url])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `zxp: error: ${upstream.url}/: the upstream answered 401\nzxp: hint: send credentials: -u NAME:PASSWORD\n`,
    });
  });

  test('a document beyond the limits exits with 1', async () => {
    const { exitCode, stderr } = await runCommandLine(['infer', '-', '--limits.body-size', '10'], { stdin: DOCUMENT });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('larger than 10 bytes') });
  });

  test.each([
    ['zot', '--name: zot is a built-in module: choose another name'],
    ['a b', '--name: must be at most 63 letters, digits, _, - and ., with a letter or _ first'],
    ['preset/x', '--name: must be at most 63 letters, digits, _, - and ., with a letter or _ first'],
    ['', '--name: must be at most 63 letters, digits, _, - and ., with a letter or _ first'],
  ])('--name %j exits with 2', async (name, message) => {
    expect(await runCommandLine(['infer', '--name', name, '-'], { stdin: DOCUMENT })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `zxp: error: ${message}\n`,
    });
  });

  test('a file that is not there exits with 2', async () => {
    const { exitCode, stderr } = await runCommandLine(['infer', '/nowhere/x.json']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('/nowhere/x.json: cannot be read'),
    });
  });
});
