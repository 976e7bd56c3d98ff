import { describe, expect, test } from 'vitest';
import { finishSteps } from '../../../src/async/steps.js';
import { ZxpError } from '../../../src/model/errors.js';
import { takesTooLong, Work } from '../../../src/model/work.js';
import { compileContentCheck } from '../../../src/translate/content/content-checks.js';
import { prepareDocuments } from '../../../src/translate/document/prepare.js';
import { readModule } from '../../config/read-modules.js';
import { scrapeDocument, translateBy, usualLimits } from '../mapping/scrape-document.js';
import { compileChecks } from './check-reply.js';

/** A condition, a document for which it holds, and one for which it does not. */
const conditions: readonly (readonly [condition: string, fails: unknown, passes: unknown])[] = [
  ["{ path: '{.status}', not: [ok, green] }", { status: 'red' }, { status: 'green' }],
  ["{ path: '{.status}', not: ok }", { status: 'degraded' }, { status: 'ok' }],
  ["{ path: '{.status}', not: [ok] }", { status: '' }, {}],
  ["{ path: '{.status}', not: [ok] }", { status: false }, { status: null }],
  [
    "{ path: '{.nodes[*].state}', not: [up] }",
    { nodes: [{ state: 'up' }, { state: 'down' }] },
    { nodes: [{ state: 'up' }, {}] },
  ],
  ["{ path: '{.code}', not: [0] }", { code: 1 }, { code: 0 }],
  ["{ path: '$.nodes[*].state', not: [up] }", { nodes: [{ state: 'x' }] }, { nodes: [] }],
  ["{ path: '{.version}', not: ['12345678'] }", { version: 1.2345678e8 }, { version: 12345678 }],
  ["{ path: '{.result.code}', is: ['-32601'] }", { result: { code: -32601 } }, { result: { code: 1 } }],
  ["{ path: '{.state}', is: [down, failed] }", { state: 'failed' }, { state: 'up' }],
  ["{ path: '{.state}', is: down }", { state: 'down' }, {}],
  ["{ path: '{.state}', is: ['null'] }", { state: 'null' }, { state: null }],
  ["{ path: '{.ok}', is: ['false'] }", { ok: false }, { ok: true }],
  ["{ path: '{.ids[*]}', is: ['9007199254740993'] }", '{"ids": [1, 9007199254740993]}', '{"ids": [9007199254740992]}'],
  ["{ path: '$.errors[*]', exists: true }", { errors: [{ message: 'no' }] }, { errors: [] }],
  ["{ path: '{.errors}', exists: true }", { errors: ['no'] }, { errors: [] }],
  ["{ path: '{.error}', exists: true }", { error: {} }, { error: null }],
  ["{ path: '{.error}', exists: true }", { error: 'no' }, { error: '' }],
  ["{ path: '{.error}', exists: true }", { error: 0 }, { error: false }],
  ["{ path: '{.error}', exists: true }", { error: true }, {}],
  [
    "{ path: '{.items[*].error}', exists: true }",
    { items: [{ error: null }, { error: 'x' }] },
    { items: [{ error: null }, {}] },
  ],
  ["{ path: '{.data}', exists: false }", {}, { data: {} }],
  ["{ path: '{.data}', exists: false }", { data: null }, { data: false }],
  ["{ path: '{.items[*]}', exists: false }", { items: [] }, { items: [0] }],
  ["{ path: '{.a.b.c}', exists: false }", { a: 'no object' }, { a: { b: { c: '' } } }],
  ["{ path: '{.age_s}', above: 300 }", { age_s: 300.5 }, { age_s: 300 }],
  ["{ path: '{.age_s}', above: 300 }", { age_s: '301' }, { age_s: null }],
  ["{ path: '{.free}', below: 10 }", { free: 9 }, { free: 10 }],
  ["{ path: '{.free}', below: 10 }", { free: '-1e3' }, { free: 'nine' }],
  ["{ path: '{.t}', above: 30, below: 10 }", { t: 5 }, { t: 20 }],
  ["{ path: '{.t}', above: 30, below: 10 }", { t: 35 }, { t: 'NaN' }],
  ["{ path: '{.t[*]}', above: 30, below: 10 }", { t: [20, 31] }, { t: [20, 30, 10, []] }],
  ["{ path: '{.up}', below: 1 }", { up: false }, { up: true }],
  ["{ cel: 'body.jobs.exists(j, j.failed > 0)' }", { jobs: [{ failed: 0 }, { failed: 1 }] }, { jobs: [{ failed: 0 }] }],
  ["{ cel: 'body.a + body.b > 3.0' }", { a: 2, b: 2 }, { a: 1, b: 2 }],
  ["{ cel: 'body.jobs.exists(j, j.failed > 0)' }", { jobs: 'none' }, { jobs: [] }],
  ["{ cel: 'body.status' }", { status: 'a text' }, { status: false }],
  ["{ cel: 'has(body.constructor)' }", { constructor: 1 }, {}],
  ["{ cel: 'body.done < body.total' }", { done: 1 }, { done: 2, total: 2 }],
  ["{ cel: 'size(body) == 0' }", [], ['x']],
];

describe('a condition of fail_if', () => {
  test.each(conditions)('%s', async (condition, fails, passes) => {
    const check = await compileChecks(`fail_if:\n  - ${condition}`);
    expect(check(fails)).toMatchObject({ code: 'content' });
    expect(check(passes)).toBe(undefined);
  });

  test.each([
    ["{ path: '{.status}', not: [ok, green] }", { status: 'red' }, '{.status} is not ok or green', '"red"'],
    ["{ path: '{.state}', is: down }", { state: 'down' }, '{.state} is down', '"down"'],
    [
      "{ path: '$.errors[*]', exists: true }",
      { errors: [{ message: 'no' }] },
      '$.errors[*] exists',
      '{"message": "no"}',
    ],
    ["{ path: '{.data}', exists: false }", {}, '{.data} does not exist', 'nothing'],
    ["{ path: '{.t}', above: 30, below: 10 }", { t: 5 }, '{.t} is above 30 or below 10', '5'],
    ["{ cel: 'body.n > 1', message: a job failed }", { n: 2 }, 'a job failed', 'the expression gave true'],
    ["{ cel: 'body.n > 1' }", { n: 2 }, 'body.n > 1', 'the expression gave true'],
    ["{ cel: 'body.n > 1' }", {}, 'body.n > 1', 'the expression failed: there is no n'],
    ["{ cel: 'body.n' }", { n: 2 }, 'body.n', 'the expression gave a value of type double, not a bool'],
  ])('%s reports what it found', async (condition, document, text, evidence) => {
    const check = await compileChecks(`fail_if:\n  - ${condition}`);
    expect(check(document)).toEqual({
      code: 'content',
      message: `the reply fails a check of the module: ${text}`,
      evidence,
    });
  });

  test('that holds first is the one that is reported', async () => {
    const check = await compileChecks(`fail_if:
  - { path: '{.a}', exists: true, message: first }
  - { path: '{.b}', exists: true, message: second }`);
    expect(check({ a: 1, b: 1 })?.message).toContain('first');
    expect(check({ b: 1 })?.message).toContain('second');
    expect(check({})).toBe(undefined);
  });

  test('sees parameters, status and headers', async () => {
    const check = await compileChecks(`fail_if:
  - { cel: 'status == 503 && body.state != params.expected[0] && headers["retry-after"].exists(h, int(h) > 10)' }`);
    const facts = {
      statusCode: 503,
      params: { expected: ['up'] },
      headers: [
        ['Retry-After', '5'],
        ['retry-after', '30'],
      ] as const,
    };
    expect(check({ state: 'down' }, facts)).toMatchObject({ code: 'content' });
    expect(check({ state: 'up' }, facts)).toBe(undefined);
    expect(check({ state: 'down' }, { ...facts, statusCode: 200 })).toBe(undefined);
  });

  test('never shows what a field with a telling name holds, nor much of a large document', async () => {
    const check = await compileChecks(`fail_if:
  - { path: '{.user}', exists: true }
  - { path: '{.api_key}', exists: true }
  - { path: '{.all}', exists: true }`);
    const user = {
      name: 'jane',
      password: 'canary',
      nested: { access_token: 'canary', deep: { deeper: { deepest: 1 } } },
    };
    expect(check({ user })?.evidence).toBe(
      '{"name": "jane", "password": <secret>, "nested": {"access_token": <secret>, "deep": {"deeper": {...}}}}',
    );
    expect(check({ api_key: 'canary' })?.evidence).toBe('<secret>');
    const urls = [
      ['at http://u:PW@h/?a=1&token=PW&b=2 now', '"at http://<secret>@h/?a=1&token=<secret>&b=2 now"'],
      [`http://u:${'PW'.repeat(50)}@h/`, '"http://<secret>@h/"'],
      [`http://h/?to=http%3A%2F%2Fu%3A${'PW'.repeat(50)}%40h/`, '"http://<secret>%40h/"'],
      [`http://h/${'x'.repeat(100)}`, `"http://h/${'x'.repeat(71)}..."`],
      ['a: 1@2', '"a: 1@2"'],
    ];
    for (const [user, shown] of urls) expect(check({ user })?.evidence).toBe(shown);
    expect(check({ user: { code: -32601 } })?.evidence).toBe('{"code": -32601}');
    expect(check({ user: { code: 'canary' } })?.evidence).toBe('{"code": <secret>}');
    const all = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
    expect(check({ all })?.evidence?.length).toBeLessThan(250);
    const many = Object.fromEntries(all.map((_, i) => [`f${i}`, i]));
    expect(check({ all: many })?.evidence).toBe('{"f0": 0, "f1": 1, "f2": 2, "f3": 3, "f4": 4, ...}');
  });

  test('that costs too much, or comes after the time is over, is a failed check', async () => {
    const check = await compileChecks("fail_if:\n  - { cel: 'body.exists(a, body.exists(b, a + b < 0.0))' }");
    const document = Array.from({ length: 5000 }, (_, i) => i);
    const spent = check(document);
    expect(spent).toMatchObject({ code: 'content' });
    expect(spent?.evidence).toContain('cost more than');
    expect(check(document, { timeLeftMs: -1 })?.evidence).toContain('not evaluated in time');
    expect(check([1, 2])).toBe(undefined);
  });

  test('leaves a reply that is no JSON what it is', async () => {
    const check = await compileChecks("fail_if:\n  - { cel: 'true' }");
    expect(check('<html>')).toMatchObject({ code: 'decode' });
  });
});

describe("blackbox_exporter's two keys", () => {
  /** The verdicts that its documentation gives: matching one fails, not matching the other fails. */
  test.each([
    ['matches', 'body.foo.bar == "baz"', { foo: { bar: 'baz' } }, true],
    ['matches', 'body.foo.bar == "baz"', { foo: { bar: 'bar' } }, false],
    ['matches', 'body.foo.bar == "baz"', {}, true],
    ['matches', 'body.foo.bar', { foo: { bar: 'bar' } }, true],
    ['matches', 'body.error == null', { error: {} }, false],
    ['not_matches', 'body.foo.bar == "baz"', { foo: { bar: 'baz' } }, false],
    ['not_matches', 'body.foo.bar == "baz"', { foo: { bar: 'bar' } }, true],
    ['not_matches', 'body.foo.bar == "baz"', {}, true],
    ['not_matches', 'body.foo.bar', { foo: { bar: 'bar' } }, true],
    ['not_matches', 'has(body.data)', { data: [] }, false],
  ])('fail_if_body_json_%s_cel: %s over %j', async (key, expression, document, fails) => {
    const check = await compileChecks(`fail_if_body_json_${key}_cel: '${expression}'`);
    expect(check(document) !== undefined).toBe(fails);
  });

  test('may stand together, and with fail_if', async () => {
    const check = await compileChecks(`\
fail_if_body_json_matches_cel: 'body.status != "ok"'
fail_if_body_json_not_matches_cel: 'has(body.data)'
fail_if: [{ path: '{.errors}', exists: true }]`);
    expect(check({ status: 'ok', data: 1 })).toBe(undefined);
    expect(check({ status: 'bad', data: 1 })?.message).toContain('body.status');
    expect(check({ status: 'ok' })?.message).toContain('not: has(body.data)');
    expect(check({ status: 'ok', data: 1, errors: [1] })?.message).toContain('{.errors} exists');
  });
});

describe('an expression that costs much', () => {
  const document = { n: Array.from({ length: 1000 }, (_, i) => i) };
  const cel = 'body.n.exists(a, body.n.exists(b, a + b < 0))';

  async function checkWith(thrown: ZxpError) {
    const { module } = readModule(`fail_if: [{ cel: '${cel}' }]`);
    const check = await compileContentCheck(module.failIf, []);
    const work = new Work(() => {
      throw thrown;
    });
    return () => check(document, { bytes: 1_000_000, response: undefined, work });
  }

  test('begins again in a thread where it keeps the event loop', async () => {
    expect(await checkWith(takesTooLong)).toThrow(takesTooLong);
  });

  test('is a failed check where it costs too much in its thread as well', async () => {
    expect(await checkWith(new ZxpError('limit', 'too much'))).toThrow(`the reply fails a check of the module: ${cel}`);
  });

  test('of a metric begins again, too', async () => {
    const translator = await translateBy(`- { name: m, cel: '${cel.replaceAll('body', 'root')}' }`);
    const work = new Work(() => {
      throw takesTooLong;
    });
    const body = Buffer.from(JSON.stringify({ ...document, more: 'x'.repeat(100_000) }));
    expect(() => finishSteps(translator.translate(body, { limits: usualLimits, work }))).toThrow(takesTooLong);
  });
});

describe('a path that costs more than any may', () => {
  const deep = `${'{"a":'.repeat(490)}1${'}'.repeat(490)}`;

  test.each([["path: '$..a..a..a..a', is: ['1']"], ["path: '{..a..a..a..a}', exists: false"]])(
    'is a failed check, as nobody knows what it finds: %s',
    async (condition) => {
      const check = await compileChecks(`fail_if: [{ ${condition} }]`);
      expect(check(deep)).toMatchObject({ code: 'content', evidence: expect.stringContaining('too many matches') });
    },
  );

  test('fails the scrape where a label reads it, or its text is too long', async () => {
    const shallow = `{"items":[${'{"a":'.repeat(60)}1${'}'.repeat(60)}]}`;
    for (const [path, document] of [
      ['$..a..a..a..a', `{"items":[${deep}]}`],
      ['{..a..a..a}', shallow],
    ]) {
      const metric = `- { name: m, type: object, path: '{.items[*]}', labels: { c: '${path}' }, value: 1 }`;
      const { outcome } = await scrapeDocument(await translateBy(metric), document ?? '');
      expect(outcome).toMatchObject({ up: false, reason: 'limit', message: expect.stringContaining('label c of m: ') });
    }
  });

  test('fails the scrape where texts are decoded by it', async () => {
    const { module } = readModule("decode: [{ path: ['$..a..a..a..a', '{.x}'] }]");
    const translator = await prepareDocuments(await translateBy("- { name: m, path: '{.a}' }"), module.mapping, []);
    expect((await scrapeDocument(translator, deep)).outcome).toMatchObject({ up: false, reason: 'limit' });
  });
});
