import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const CONFIG = `
targets: []
modules:
  m:
    allow: ["http://a.example"]
    http_client_config: { authorization: { credentials: "\${TOKEN}" } }
    fail_if: [{ path: '{.status}', is: [bad] }]
    metrics:
      - { name: n, help: Number., path: '{.n}', valuetype: gauge }
      - { name: v, type: object, path: '{.l[*]}', labels: { id: '{.id}' }, value: '{.v}' }
`;

/** Runs `zxp test`, or another command, on a file with these tests; the folder's path is left out of what it prints. */
async function runTests(
  tests: string,
  {
    args = ['test'],
    files = {},
    environment = { TOKEN: 'x' },
  }: {
    readonly args?: readonly string[];
    readonly files?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
) {
  const folder = forThisTest(makeTemporaryFolder());
  folder.write('zxp.yml', CONFIG);
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const file = folder.write('m.test.yml', `config_file: zxp.yml\ntests:\n${tests}`);
  const { exitCode, stdout, stderr } = await runCommandLine([...args, file], { environment });
  const shorten = (text: string) => text.replaceAll(`${folder.path}/`, '');
  return { exitCode, stdout: shorten(stdout), stderr: shorten(stderr) };
}

const passes = { exitCode: 0, stderr: '', stdout: expect.stringMatching(/\nzxp: 1 test passed\n$/) };

describe('a test passes', () => {
  test.each([
    ['by its exposition', "- { module: m, document: { n: 1 }, expect: 'n 1' }"],
    ['with metadata', '- { module: m, document: { n: 1 }, expect: "# HELP n Number.\\n# TYPE n gauge\\nn 1" }'],
    ['by a part of it', "- { module: m, document: { n: 1, l: [{ id: a, v: 2 }] }, subset: true, expect: 'n 1' }"],
    ['with a text for a document', `- { module: m, document: '{"n": 12345678901}', expect: 'n 12345678901' }`],
    ['by a failure', '- { module: m, document: { status: bad }, expect_failure: content }'],
    [
      'by a failure and its message',
      '- { module: m, document: { status: bad }, expect_failure: { reason: content, message: is bad } }',
    ],
    ['by a status', "- { module: m, status: 503, document: '', expect_failure: status }"],
    ['by what is dropped', "- { module: m, document: { n: x }, expect: '', expect_dropped: { value: 1 } }"],
    [
      'of a built-in module',
      `- { module: zot, document: { Gauges: [{ Name: a, Value: 1 }] }, expect: "a 1\\nzot_up 1" }`,
    ],
    ['in OpenMetrics', '- { module: m, format: openmetrics, document: { n: 1 }, expect: "n 1.0\\n# EOF" }'],
  ])('%s', async (_, text) => {
    expect(await runTests(`  ${text}\n`)).toEqual(passes);
  });

  test('with files beside it', async () => {
    const files = { 'n.json': '{"n": 4}', 'n.prom': '# TYPE n gauge\nn 4\n' };
    expect(await runTests('  - { module: m, document_file: n.json, expect_file: n.prom }\n', { files })).toEqual(
      passes,
    );
  });

  test('with headers, parameters and a time of its own', async () => {
    const config = `
targets: []
modules:
  m:
    metrics:
      - { name: limit, header: X-Limit }
      - { name: n, cel: 'self.n + double(int(params.add[0]))' }
      - { name: c_total, path: '{.n}', valuetype: counter, uptime: '{.up}' }
`;
    const text = `
  - module: m
    document: { n: 1, up: 60 }
    headers: { X-Limit: 7 }
    params: { add: 2 }
    now: 2026-01-31T12:00:00Z
    format: openmetrics
    expect: |
      limit 7
      n 3
      c_total 1
      c_created 1769860740
`;
    const result = await runTests(text, { files: { 'zxp.yml': config } });
    expect(result).toEqual(passes);
  });
});

describe('a module that makes several requests', () => {
  const paged = `
targets: []
modules:
  m:
    params: { limit: 2 }
    pages: { items: '{.items}', next: { path: '{.next}' } }
    follow: { each: '{.items[*]}', url: '/disks/{{ .id }}', into: disks, on_error: skip }
    metrics:
      - { name: items, path: '{.items}', length: true }
      - { name: free, type: object, path: '{.disks[*]}', labels: { id: '{.of.id}' }, value: '{.reply.free}' }
`;
  const text = (responses: string, expected: string) => `
  - name: pages
    module: m
    url: https://fleet.example/hosts
    document: { items: [{ id: 1 }, { id: 2 }], next: "/hosts?page=2&limit=2" }
    responses:
${responses}
    ${expected}
`;
  const run = (responses: string, expected: string) =>
    runTests(text(responses, expected), { files: { 'zxp.yml': paged } });
  const second = '      - { url: "/hosts?limit=2&page=2", document: { items: [{ id: 3 }] } }';
  const disks = '      - { url: /disks/1, document: { free: 10 } }\n      - { url: /disks/3, document: { free: 30 } }';

  test('gets a response for each, and 404 where there is none', async () => {
    const expected = `expect: "items 3\\nfree{id=\\"1\\"} 10\\nfree{id=\\"3\\"} 30"`;
    expect(await run(`${second}\n${disks}`, expected)).toEqual(passes);
  });

  test('fails with the URL that has no response', async () => {
    const { exitCode, stderr } = await run(disks, "expect: ''");
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'the scrape fails with reason status: page 2: the test has no response for https://fleet.example/hosts?page=2&limit=2\n' +
        'zxp: hint: add it to responses of the test\n',
    );
    expect(await run(disks, 'expect_failure: status')).toEqual(passes);
  });

  test('gets the whole document where the test has no responses', async () => {
    const whole = "  - { module: m, document: { items: [1, 2], disks: [] }, expect: 'items 2' }\n";
    expect(await runTests(whole, { files: { 'zxp.yml': paged } })).toEqual(passes);
  });

  test('is none without pages and follow', async () => {
    const text = "  - { module: m, document: {}, responses: [{ url: /a, document: {} }], expect: '' }\n";
    const { exitCode, stderr } = await runTests(text);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('m.test.yml:3:5: tests[0]: has responses, and the module makes one request\n');
  });
});

/** Modules of the cookbook, with a response each and the exposition that it gives. */
const cookbook = new URL('../../fixtures/cookbook/', import.meta.url);
const examples = readdirSync(cookbook)
  .filter((name) => name.endsWith('.prom'))
  .map((name) => name.slice(0, -'.prom'.length));

test('every module of the cookbook passes with the exposition of its fixture, and fails with another', async () => {
  expect(examples.length).toBeGreaterThan(5);
  const folder = forThisTest(makeTemporaryFolder());
  const environment = Object.fromEntries(
    examples.flatMap((name) =>
      [...readFileSync(new URL(`${name}.yml`, cookbook), 'utf8').matchAll(/\$\{(\w+)\}/g)].map(([, key = '']) => [
        key,
        'x',
      ]),
    ),
  );
  const files = examples.map((name) => {
    const path = (ending: string) => JSON.stringify(fileURLToPath(new URL(`${name}.${ending}`, cookbook)));
    const reply = existsSync(new URL(`${name}.ndjson`, cookbook)) ? 'ndjson' : 'json';
    const start = `module: ${name}, document_file: ${path(reply)}`;
    return folder.write(
      `${name}.test.yml`,
      `config_file: ${path('yml')}\ntests: [{ ${start}, expect_file: ${path('prom')} }, { ${start}, expect: 'other 1' }]`,
    );
  });
  const { stdout } = await runCommandLine(['test', '--format', 'json', ...files], { environment });
  const { tests, findings } = JSON.parse(stdout);
  expect(findings).toEqual([]);
  expect(tests.map(({ ok }: { ok: boolean }) => ok)).toEqual(examples.flatMap(() => [true, false]));
});

describe('a test fails', () => {
  test('with the difference, and the paths that matched nothing', async () => {
    const text = `
  - name: numbers
    module: m
    document: { n: 1, l: [{ id: a, v: 2 }, { id: "b\\e[2J" }] }
    expect: |
      n 2
      v{id="b"} 3
`;
    const { exitCode, stdout, stderr } = await runTests(text);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('m.test.yml\n  FAIL  numbers\n\nzxp: 0 of 1 test passed\n');
    expect(stderr).toBe(`\
zxp: error: m.test.yml:4:5: tests[0] (numbers): the exposition differs: - expected, + found
  - n 2
  + n 1
  - v{id="b"} 3
  + v{id="a"} 2
zxp: hint: zxp.yml:10:9: modules.m.metrics[1]: v: {.l[*]} matched 2 elements (v: l[1].v not found)
`);
  });

  test.each([
    ["expect: 'n 1'", '{ status: bad }', 'the scrape fails with reason content'],
    ['expect_failure: schema', '{ n: 1 }', 'expected the reason schema, but the scrape is good, with 1 sample'],
    ['expect_failure: schema', '{ status: bad }', 'expected the reason schema, found content: '],
    ['expect_failure: { reason: content, message: xyz }', '{ status: bad }', 'expected a message with "xyz", found: '],
    [
      "expect: '', expect_dropped: { value: 2 }",
      '{ n: x }',
      'expected 2 samples dropped for value, found 1, the first: ',
    ],
  ])('%s of %s', async (keys, document, message) => {
    const { exitCode, stderr } = await runTests(`  - { module: m, document: ${document}, ${keys} }\n`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`zxp: error: m.test.yml:3:5: tests[0]: ${message}`);
  });

  test('an error status that the test does not expect, with the key that would expect it', async () => {
    const { exitCode, stderr } = await runTests("  - { module: m, status: 401, document: {}, expect: '' }\n");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /: tests\[0\]: the scrape fails with reason unauthorized: .*\nzxp: hint: .*expect_failure: unauthorized\n$/,
    );
  });

  test('with all of it in JSON and in JUnit', async () => {
    const text = `
  - { name: 'a <b> & "c"', module: m, document: { l: [{ id: "<\\u0001>", v: 1 }] }, expect: 'n 1' }
  - { module: m, document: { n: 1 }, expect: 'n 1' }
`;
    const json = await runTests(text, { args: ['test', '--format', 'json'] });
    expect({ exitCode: json.exitCode, stderr: json.stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      passed: 1,
      failed: 1,
      findings: [],
      tests: [
        { file: 'm.test.yml', line: 4, column: 5, ok: false, missing: ['n 1'], unexpected: ['v{id="<\\u0001>"} 1'] },
        { name: null, module: 'm', ok: true, message: null },
      ],
    });
    const junit = await runTests(text, { args: ['test', '--format', 'junit'] });
    expect(junit.stdout).toContain('<testsuite name="m.test.yml" tests="2" failures="1" errors="0"');
    expect(junit.stdout).toContain('<testcase name="a &lt;b&gt; &amp; &quot;c&quot;"');
    expect(junit.stdout).toContain('+ v{id=&quot;&lt;\\u0001&gt;&quot;} 1\n');
  });
});

describe('an invalid file', () => {
  test('has every problem with its place, and no test is run', async () => {
    const text = `
  - { modul: m, document: { a: .nan }, expect: '' }
  - { module: n, document: {}, expect: "n 1\\noops" }
  - { module: m, document: {}, document_file: x, expect: '', expect_file: y }
  - { module: m, document_file: nowhere.json, expect_failure: dns }
  - { module: m, document: {}, expect: '', expect_failure: schema, status: 99 }
  - {}
`;
    const { exitCode, stdout, stderr } = await runTests(text);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const errors = stderr.split('\n').filter((line) => line.startsWith('zxp: error: '));
    expect(errors.map((line) => line.slice('zxp: error: m.test.yml:'.length))).toEqual([
      '4:7: tests[0].modul: unknown key',
      '4:29: tests[0].document.a: JSON has no such number',
      '5:7: tests[1].module: unknown module "n"',
      '5:32: tests[1].expect: line 2 is not a sample',
      '6:32: tests[2].document_file: cannot be combined with document',
      '6:62: tests[2].expect_file: cannot be combined with expect',
      '7:18: tests[3].document_file: nowhere.json cannot be read: no such file or directory',
      expect.stringMatching(/^7:47: tests\[3\].expect_failure: must be one of redirect, .*, not "dns"$/),
      '8:32: tests[4].expect: cannot be combined with expect_failure',
      '8:68: tests[4].status: must be an HTTP status from 200 to 599',
      '9:5: tests[5]: needs a document',
      '9:5: tests[5]: expects nothing',
    ]);
  });

  test('is one whose config file is invalid, by the line of that one', async () => {
    const text = "  - { module: m, document: {}, expect: '' }\n";
    const { exitCode, stderr } = await runTests(text, { environment: {} });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^zxp: error: zxp\.yml:6:\d+: .*environment variable TOKEN is not set/);
  });

  test.each([
    ['', 'is empty'],
    ['config_file: x.yml\n', 'has no tests'],
    ['tests: []\n', 'has no tests'],
    ['tests: {}\n', 'must be a list, not a map'],
    ['[1\n', ''],
  ])('%j', async (content, message) => {
    const file = forThisTest(makeTemporaryFolder()).write('x.test.yml', content);
    const { exitCode, stderr } = await runCommandLine(['test', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`zxp: error: ${file}`);
    expect(stderr).toContain(message);
  });

  test('has its variables from the file too, and no settings from the machine', async () => {
    const environment = { ZXP_LIMITS_SERIES: '1', ZXP_NOTHING: 'x' };
    const folder = forThisTest(makeTemporaryFolder());
    folder.write('zxp.yml', CONFIG);
    const file = folder.write(
      'm.test.yml',
      "config_file: zxp.yml\nenvironment: { TOKEN: t }\ntests: [{ module: m, document: { n: 1, l: [{ id: a, v: 1 }] }, expect: 'n 1', subset: yes }]",
    );
    expect((await runCommandLine(['test', file], { environment })).exitCode).toBe(0);
  });
});

describe('zxp check', () => {
  test('recognizes a file of unit tests, and runs none', async () => {
    const text = "  - { module: m, document: { n: 1 }, expect: 'n 2' }\n";
    expect(await runTests(text, { args: ['check'] })).toEqual({
      exitCode: 0,
      stdout: 'zxp: configuration is valid: unit tests\nzxp: m.test.yml is a file of unit tests\n',
      stderr: '',
    });
    const invalid = await runTests("  - { modul: m, document: {}, expect: '' }\n", { args: ['check'] });
    expect(invalid.exitCode).toBe(2);
    expect(invalid.stderr).toContain('zxp: error: m.test.yml:3:7: tests[0].modul: unknown key\n');
  });
});
