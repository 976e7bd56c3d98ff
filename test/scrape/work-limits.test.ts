import { describe, expect, test } from 'vitest';
import { ZxpError } from '../../src/model/errors.js';
import { takesTooLong } from '../../src/model/work.js';
import { UpstreamCollector } from '../../src/scrape/collector.js';
import { limitSteps, limitWork } from '../../src/scrape/work-limits.js';
import { createTranslator } from '../../src/translate/registry.js';
import { translateBy, usualLimits } from '../translate/mapping/scrape-document.js';
import { readRecipe } from '../workers/scrape-both-ways.js';

/** A million units, which is more than one look at the clock. */
const MUCH = 1_000_000;

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

describe('work in steps', () => {
  test('is a timeout when the time is over, and never before', () => {
    let now = 0;
    const { work } = limitSteps(() => now, { timeLeftMs: 1000, canMove: false });
    work.spend(MUCH);
    now = 999;
    work.spend(MUCH);
    now = 1000;
    expect(thrownBy(() => work.spend(MUCH))).toMatchObject({ code: 'timeout' });
  });

  test('moves to another thread where one step keeps the event loop for long, and only if it can', () => {
    let now = 0;
    const movable = limitSteps(() => now, { timeLeftMs: 1000, canMove: true });
    const fixed = limitSteps(() => now, { timeLeftMs: 1000, canMove: false });
    for (const { work } of [movable, fixed]) work.spend(MUCH);
    now = 60;
    fixed.work.spend(MUCH);
    expect(thrownBy(() => movable.work.spend(MUCH))).toBe(takesTooLong);
  });

  test('does not move where each of its steps is short', () => {
    let now = 0;
    const { work, beginStep } = limitSteps(() => now, { timeLeftMs: 10_000, canMove: true });
    for (let step = 0; step < 100; step++) {
      beginStep();
      work.spend(MUCH);
      now += 40;
      work.spend(MUCH);
    }
  });

  test('moves before one piece of it begins that would keep the event loop for long', () => {
    const { work } = limitSteps(() => 0, { timeLeftMs: 1000, canMove: true });
    expect(thrownBy(() => work.spend(100 * MUCH))).toBe(takesTooLong);
  });
});

test('work without a clock ends as well', () => {
  const work = limitWork();
  expect(thrownBy(() => work.spend(1e12))).toMatchObject({ code: 'limit' });
});

describe('a module that costs too much for one document', () => {
  const chain = (levels: number) => `${'{"name":"x","interfaces":['.repeat(levels)}1${']}'.repeat(levels)}`;
  const deep = `{"sites":[${Array.from({ length: 30 }, () => chain(200)).join()}]}`;
  const long = JSON.stringify({ t: 'a'.repeat(900_000) });

  const COUNT = '- { name: n, path: "{.n}" }';
  const translateModule = (metrics: string, more: string) =>
    createTranslator(readRecipe(`modules:\n  m:\n    ${more}\n    metrics:\n${metrics.replace(/^/gm, '      ')}\n`));

  test.each([
    [
      'a path with two descents, for every element',
      deep,
      "- { name: m, type: object, path: '$..interfaces..*', labels: { all: { path: '$..interfaces..name', from: root, length: true } }, value: 1 }",
    ],
    [
      'a template with two descents, for every element',
      deep,
      "- { name: m, type: object, path: '{..interfaces}', labels: { all: { path: '{..interfaces..name}', from: root, length: true } }, value: 1 }\n- { name: n, type: object, path: '{..name}', labels: { all: { path: '{..name}', from: root } }, value: 1 }",
    ],
    [
      'a regular expression over a long text, again and again',
      long,
      `- { name: m, path: '{.t}', regex: '(a|b|ab)*(a|aa)*c' }\n${"- { name: n, path: '{.t}', regex: '(a+)+(b+)+$' }\n".repeat(1)}`,
    ],
    ['a path of fail_if', deep, COUNT, "fail_if: [{ path: '$..interfaces..interfaces..name', is: y }]"],
    ['a path of decode', deep, COUNT, "decode: [{ path: ['$..interfaces..interfaces..*', '$.nothing'] }]"],
  ])('%s: moves to another thread after a moment', async (_what, document, metrics, more = '') => {
    const translator = await translateModule(metrics, more);
    let moved = 0;
    const collector = new UpstreamCollector({
      url: new URL('http://upstream.test/'),
      client: async () => ({ statusCode: 200, body: Buffer.from(document) }),
      translator,
      render: async () => {
        moved++;
        throw new ZxpError('timeout', 'over');
      },
      limits: usualLimits,
      timeoutMs: 60_000,
      now: () => performance.now(),
    });
    const start = performance.now();
    expect((await collector.collect({ format: 'text' })).outcome).toMatchObject({ up: false, reason: 'timeout' });
    expect(moved).toBe(1);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test('ends with its deadline where there is no other thread', async () => {
    const translator = await translateBy(
      "- { name: m, type: object, path: '$..interfaces..*', labels: { all: { path: '$..interfaces..name', from: root, length: true } }, value: 1 }",
    );
    const collector = new UpstreamCollector({
      url: new URL('http://upstream.test/'),
      client: async () => ({ statusCode: 200, body: Buffer.from(deep) }),
      translator,
      limits: usualLimits,
      timeoutMs: 500,
      now: () => performance.now(),
    });
    const start = performance.now();
    expect((await collector.collect({})).outcome).toMatchObject({ up: false, reason: 'timeout' });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
