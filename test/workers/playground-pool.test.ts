import { afterAll, describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import { MAX_LIMITS, type PlaygroundInput } from '../../src/model/playground.js';
import { createPlaygroundPool } from '../../src/workers/playground-pool.js';
import { findWorker } from '../../src/workers/worker-url.js';
import { forThisTest } from '../support/for-this-test.js';
import { usualLimits } from '../translate/mapping/scrape-document.js';

const stock = `metrics:
  - { name: stock_items, type: object, path: '{.items[*]}', labels: { sku: '{.sku}' }, value: '{.count}' }
`;
const document = '{"items": [{"sku": "LAMP", "count": 18}, {"sku": "RUG", "count": "none"}]}';

const script = findWorker('playground');
const one = { maxThreads: 1, heapBytes: 192 * 1024 * 1024 };
const shared = createPlaygroundPool({ script, ...one, timeoutMs: 20_000 });
const impatient = createPlaygroundPool({ script, ...one, timeoutMs: 3000 });
afterAll(() => Promise.all([shared.close(), impatient.close()]));

/** One thread for all tests, but for those that end it. */
function open(pool = shared) {
  const never = new AbortController().signal;
  const complete = (input: Partial<PlaygroundInput>): PlaygroundInput => ({
    document,
    mapping: stock,
    module: '',
    format: 'text',
    ...input,
  });
  return {
    evaluate: (input: Partial<PlaygroundInput> = {}, signal: AbortSignal = never) =>
      pool.run({ kind: 'evaluate', input: complete(input), limits: usualLimits, nowMs: 0 }, signal),
    infer: (given: string, name = 'stock') =>
      pool.run({ kind: 'infer', document: given, name, limits: usualLimits }, never),
    share: (input: Partial<PlaygroundInput>) => pool.run({ kind: 'share', input: complete(input) }, never),
  };
}

function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

describe('an evaluation', () => {
  test('is a scrape of the document: exposition, matches of each path, and each drop', async () => {
    const { problems, scrape } = await open().evaluate();
    expect(problems).toEqual([]);
    expect(scrape?.exposition).toContain('stock_items{sku="LAMP"} 18\n');
    expect(scrape?.exposition).toContain('target_up 1\n');
    expect(scrape).toMatchObject({ up: true, samples: 1, dropped: 1, isCut: false });
    expect(scrape?.metrics).toMatchObject([{ name: 'stock_items', line: 2, elements: 2, samples: 1 }]);
    expect(scrape?.drops).toMatchObject([{ cause: 'value' }]);
  });

  test('takes a module, modules by their names, and a whole file, and says which module it used', async () => {
    const { evaluate } = open();
    const used = async (mapping: string, module = '') => {
      const { modules, module: chosen, scrape } = await evaluate({ mapping, module });
      return [modules, chosen, scrape?.samples];
    };
    const empty = 'other: { metrics: [] }\n';
    expect(await used(stock)).toEqual([[], 'module', 1]);
    expect(await used(`stock:\n${indent(stock, '  ')}${empty}`)).toEqual([['stock', 'other'], 'stock', 1]);
    expect(await used(`stock:\n${indent(stock, '  ')}${empty}`, 'other')).toEqual([['stock', 'other'], 'other', 0]);
    const file = `limits: { series: 10 }\nmodules:\n  ${empty}  default:\n${indent(stock, '    ')}`;
    expect(await used(file)).toEqual([['other', 'default'], 'default', 1]);
    expect(await used('{"metrics": [{"name": "items", "path": "{.items[0].count}"}]}')).toEqual([[], 'module', 1]);
  });

  test('gives every problem with its line and column, and no scrape', async () => {
    const { problems, scrape } = await open().evaluate({
      mapping: 'metrics:\n  - nme: x\n    path: a[\ntimeout: soon\n',
    });
    expect(scrape).toBeUndefined();
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ severity: 'error', line: 2, column: 5, path: 'metrics[0].nme' }),
        expect.objectContaining({ severity: 'error', line: 4, column: 1, path: 'timeout' }),
      ]),
    );
  });

  test('reads no file and no variable that the mapping names, and says so', async () => {
    const mapping = `include: ['/etc/*.yml']
targets: [{ name: a, url: 'http://a.example/', module: default }]
modules:
  default:
    headers: { X-Key: '\${HOME}' }
    http_client_config: { basic_auth: { username: me, password_file: /etc/hostname } }
${indent(stock, '    ')}`;
    const { problems, scrape } = await open().evaluate({ mapping });
    expect(problems).toMatchObject([
      { severity: 'warning', line: 1, message: expect.stringContaining('not read here') },
      { severity: 'warning', line: 5, message: 'environment variables are not read here' },
      { severity: 'warning', line: 6, message: 'files are not read here' },
    ]);
    expect(scrape?.samples).toBe(1);
  });

  test('takes what an included file may have for no mistake', async () => {
    const mapping = `include: ['more/*.yml']\ntargets: [{ name: a, url: 'http://a.example/', module: elsewhere }]\nmodules:\n  default:\n${indent(stock, '    ')}`;
    const { problems, scrape } = await open().evaluate({ mapping });
    expect([problems.map(({ severity }) => severity), scrape?.samples]).toEqual([['warning', 'warning'], 1]);
  });

  test('of an empty mapping, and of a document that is none, says what is wrong', async () => {
    const { evaluate } = open();
    expect((await evaluate({ mapping: ' \n' })).problems).toMatchObject([{ message: 'the mapping is empty' }]);
    expect((await evaluate({ document: '{"a": ' })).scrape).toMatchObject({ up: false, reason: 'decode' });
  });

  test('has hints that can be followed on the page', async () => {
    const hint = async (given: string, mapping = stock, limits = MAX_LIMITS) => {
      const input = { document: given, mapping, module: '', format: 'text' as const };
      const task = { kind: 'evaluate', input, limits, nowMs: 0 } as const;
      return (await shared.run(task, new AbortController().signal)).scrape?.hint;
    };
    expect(await hint('')).toBe('paste a document, or press Request now');
    expect(await hint('<html>')).toBe('paste the JSON that the API gives');
    const many = JSON.stringify({ items: Array.from({ length: 20_001 }, (_, i) => ({ sku: `${i}`, count: i })) });
    expect(await hint(many)).toMatch(/^the playground has a limit of 20000, which no setting raises/);
    expect(await hint(many, stock, { ...MAX_LIMITS, series: 10 })).toMatch(/^raise limits\.series/);
    expect(await hint('{"ok": false}', `${stock}fail_if: [{ path: '{.ok}', not: [true] }]\n`)).toBe(
      'the mapping has the condition: fail_if',
    );
  });

  test('cuts an exposition that is long', async () => {
    const items = Array.from({ length: 9000 }, (_, i) => ({ sku: `${i}-`.padEnd(60, 'x'), count: i }));
    const { scrape } = await open().evaluate({ document: JSON.stringify({ items }) });
    expect(scrape).toMatchObject({ isCut: true, samples: 9000 });
    expect(scrape?.exposition).toMatch(/\n$/);
    expect(scrape?.exposition.length).toBeLessThanOrEqual(512 * 1024);
  });
});

describe('hostile input', () => {
  const deep = 200_000;
  test.each([
    ['a document of brackets', { document: '['.repeat(deep) }],
    ['a mapping of brackets', { mapping: '['.repeat(60_000) }],
    ['a mapping of indentation', { mapping: Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n') }],
    [
      'aliases of aliases',
      {
        mapping: `a: &a [x]\n${'bcdefghij'.replace(/./g, (c, i) => `${c}: &${c} [${`*${'abcdefghij'[i]},`.repeat(9)}]\n`)}`,
      },
    ],
    ['a deep path', { mapping: `metrics: [{ name: x, path: '{${'.a'.repeat(20_000)}}' }]` }],
    [
      'a regular expression that backtracks elsewhere',
      {
        document: JSON.stringify({ a: 'a'.repeat(60_000) }),
        mapping: "metrics: [{ name: x, path: '{.a}', value: 1, regex: '(a+)+$' }]",
      },
    ],
    [
      'paths that multiply',
      {
        document: JSON.stringify(Array(300).fill(Array(300).fill(1))),
        mapping: `metrics: [{ name: x, type: object, path: '$${'..*'.repeat(8)}', value: 1 }]`,
      },
    ],
    ['a great many metrics', { mapping: `metrics:\n${"  - { name: x, path: '$..*' }\n".repeat(8000)}` }],
    [
      'names that objects have',
      { document: '{"__proto__": {"constructor": 1}}', mapping: 'constructor: { __proto__: { metrics: [] } }' },
    ],
  ] satisfies readonly (readonly [string, Partial<PlaygroundInput>])[])(
    '%s ends, and the next one is evaluated',
    async (_what, input) => {
      const { evaluate } = open(impatient);
      const result = await evaluate(input).catch((thrown: unknown) => thrown);
      if (result instanceof Error) expect(result).toMatchObject({ name: 'ZxpError', code: 'limit' });
      expect((await evaluate()).scrape?.samples).toBe(1);
    },
  );

  test('that does not end is ended, and says that it takes too long', async () => {
    const { evaluate } = open(forThisTest(createPlaygroundPool({ script, ...one, timeoutMs: 1 })));
    await expect(evaluate()).rejects.toMatchObject({
      code: 'limit',
      message: 'the evaluation takes longer than 0.001 s',
    });
  });

  test('that needs more memory than its thread may have is said to, and the process lives', async () => {
    const pool = createPlaygroundPool({ script, maxThreads: 1, heapBytes: 1, timeoutMs: 20_000 });
    const { evaluate } = open(forThisTest(pool));
    const grown = {
      document: `[${'{"a":{}},'.repeat(110_000)}{}]`,
      mapping: "metrics: [{ name: x, type: object, path: '$..*', labels: { a: '$.a' }, value: 1 }]",
    };
    const thrown = await evaluate(grown).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'limit' });
  });

  test('whose sender leaves is not waited for', async () => {
    const { evaluate } = open();
    const controller = new AbortController();
    const evaluating = evaluate({}, controller.signal);
    controller.abort(new ZxpError('cancelled', 'gone'));
    await expect(evaluating).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a mapping that is proposed', () => {
  test('is valid for the document, and finds its samples', async () => {
    const { evaluate, infer } = open();
    const given = '{"items": [{"sku": "LAMP", "count": 18}, {"sku": "RUG", "count": 3}]}';
    const { problems, scrape } = await evaluate({ document: given, mapping: await infer(given) });
    expect([problems, scrape?.dropped]).toEqual([[], 0]);
    expect(scrape?.exposition).toMatch(/^stock_\w+\{sku="LAMP"\} 18$/m);
  });

  test.each([
    ['is none', '{', 'stock', 'decode'],
    ['is named as no module can be', '{}', 'a b', 'request'],
    ['is named as a built-in module', '{}', 'zot', 'request'],
  ])('is refused where the document %s', async (_what, given, name, code) => {
    await expect(open().infer(given, name)).rejects.toMatchObject({ code });
  });
});

describe('what is shared', () => {
  const secret = 'canary-s3cr3t';
  test.each([
    [
      'a module',
      `http_client_config: { basic_auth: { username: u, password: ${secret} } }\nheaders: { X: ${secret} }\n${stock}`,
    ],
    ['a comment', `# ${secret}\nheaders: {}\n# password: ${secret}\n${stock}`],
    [
      'modules',
      `stock:\n  login: { url: /, body: ${secret}, token: { path: a } }\n${indent(stock, '  ')}${secret}: 1\n`,
    ],
    [
      'a file',
      `targets: [{ name: a, url: "http://a/?token=${secret}" }]\nauths: { a: { bearer_token: ${secret} } }\nx-a: ${secret}\nmodules:\n  stock:\n    params: { key: ${secret} }\n${indent(stock, '    ')}`,
    ],
    ['an anchor', `params: { key: &k ${secret} }\nlabels: { a: *k }\n${stock}`],
    ['what is not YAML', `password: [${secret}`],
  ])('has no credential of %s', async (_what, mapping) => {
    const result = await open().share({ mapping });
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(result.leftOut.length).toBeGreaterThan(0);
  });

  test('has what translates, and evaluates the same', async () => {
    const { evaluate, share } = open();
    const { mapping } = await share({ mapping: `timeout: 5s # soon\nheaders: { Accept: text/json }\n${stock}` });
    expect(mapping).toBe(`timeout: 5s\n${stock}`);
    expect((await evaluate({ mapping })).scrape?.samples).toBe(1);
  });

  test('has no value of a telling name in the document', async () => {
    const given = `{"token": "${secret}", "n": 12345678901234567890, "api_key" : "${secret}", "sku": "LAMP"}`;
    const result = await open().share({ document: given });
    expect(result.document).toBe(
      '{"token": "<secret>", "n": 12345678901234567890, "api_key" : "<secret>", "sku": "LAMP"}',
    );
    expect(result.leftOut).toEqual(['values of "token"', 'values of "api_key"']);
  });
});
