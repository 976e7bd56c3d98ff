import { describe, expect, test } from 'vitest';
import { createScrapeHistory, mergeHistories } from '../../src/scrape/history.js';
import { toEvent } from '../support/scrape-events.js';

function create(limits = { maxTargets: 3, maxScrapes: 2 }) {
  const clock = { nowMs: 1000 };
  return { clock, ...createScrapeHistory(limits, () => clock.nowMs) };
}

describe('the history of scrapes', () => {
  test('has the last ones of each target and module, the latest last', () => {
    const { clock, observe, list } = create();
    for (const durationSeconds of [1, 2, 3]) {
      clock.nowMs += 1000;
      observe(toEvent({ durationSeconds, samples: 7 }));
    }
    observe(toEvent({ up: false, reason: 'timeout', message: 'too slow' }, { module: 'other' }));
    const [first, second] = list();
    expect(first).toMatchObject({ target: 'upstream', module: 'zot', isConfigured: true, passThrough: undefined });
    expect(first?.scrapes).toMatchObject([
      { endedMs: 3000, up: true, durationSeconds: 2, samples: 7, dropped: 0 },
      { endedMs: 4000, durationSeconds: 3 },
    ]);
    expect(second?.scrapes).toMatchObject([{ up: false, reason: 'timeout', message: 'too slow' }]);
  });

  test('of a pass-through scrape has only that there was one: its outcome is for its caller', () => {
    const { clock, observe, list } = create();
    observe(toEvent({ samples: 42 }, { isPassThrough: true }));
    clock.nowMs = 5000;
    observe(toEvent({ up: false, reason: 'unauthorized', message: 'canary' }, { isPassThrough: true }));
    expect(list()).toEqual([
      {
        target: 'upstream',
        module: 'zot',
        isConfigured: true,
        scrapes: [],
        passThrough: { count: 2, lastMs: 5000 },
      },
    ]);
  });

  test('is bounded, and targets that callers name never evict those of the configuration', () => {
    const { observe, list } = create();
    observe(toEvent({}, { target: 'mine' }));
    for (let i = 0; i < 10_000; i++) {
      observe(toEvent({ message: 'x'.repeat(10_000) }, { target: `http://host/${i}`, isConfigured: false }));
    }
    expect(list().map(({ target }) => target)).toEqual([
      'mine',
      'http://host/9997',
      'http://host/9998',
      'http://host/9999',
    ]);
    expect(JSON.stringify(list()).length).toBeLessThan(4000);
  });

  test('of several processes is one', () => {
    const [one, other] = [create(), create()];
    one.observe(toEvent({ durationSeconds: 1 }));
    other.clock.nowMs = 500;
    other.observe(toEvent({ durationSeconds: 2 }));
    other.observe(toEvent({}, { isPassThrough: true }));
    one.observe(toEvent({}, { isPassThrough: true }));
    other.observe(toEvent({}, { target: 'another' }));
    const merged = mergeHistories([one.list(), structuredClone(other.list())], 2);
    expect(merged.map(({ target }) => target)).toEqual(['upstream', 'another']);
    expect(merged[0]?.scrapes.map(({ durationSeconds }) => durationSeconds)).toEqual([2, 1]);
    expect(merged[0]?.passThrough).toEqual({ count: 2, lastMs: 1000 });
  });
});
