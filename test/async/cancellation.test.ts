import { describe, expect, test } from 'vitest';
import { CancellationSource } from '../../src/async/cancellation.js';
import type { CancellationSignal } from '../../src/model/cancellation.js';

const reason = new Error('enough');

/** Both kinds, and how each is aborted. */
const kinds: readonly [name: string, open: () => { signal: CancellationSignal; abort: (reason: unknown) => void }][] = [
  [
    'an AbortSignal',
    () => {
      const controller = new AbortController();
      return { signal: controller.signal, abort: (why) => controller.abort(why) };
    },
  ],
  [
    'a CancellationSource',
    () => {
      const source = new CancellationSource();
      return { signal: source, abort: (why) => source.abort(why) };
    },
  ],
];

describe.each(kinds)('%s', (_name, open) => {
  test('says whether and why it was aborted, the first time', () => {
    const { signal, abort } = open();
    expect(signal.aborted).toBe(false);
    expect(signal.reason).toBeUndefined();
    expect(() => signal.throwIfAborted()).not.toThrow();
    abort(reason);
    abort(new Error('again'));
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(reason);
    expect(() => signal.throwIfAborted()).toThrow(reason);
  });

  test('tells whoever listens, once and in order', () => {
    const { signal, abort } = open();
    const told: string[] = [];
    signal.addEventListener('abort', () => told.push('first'), { once: true });
    signal.addEventListener('abort', () => told.push(`second: ${signal.aborted}`), { once: true });
    abort(reason);
    abort(reason);
    expect(told).toEqual(['first', 'second: true']);
  });

  test('tells nobody who has left, before or meanwhile, and nobody who comes later', () => {
    const { signal, abort } = open();
    const told: string[] = [];
    const early = () => told.push('early');
    const other = () => told.push('other');
    signal.addEventListener('abort', early, { once: true });
    signal.addEventListener('abort', () => signal.removeEventListener('abort', other), { once: true });
    signal.addEventListener('abort', other, { once: true });
    signal.removeEventListener('abort', early);
    signal.removeEventListener('abort', early);
    abort(reason);
    signal.addEventListener('abort', () => told.push('late'), { once: true });
    expect(told).toEqual([]);
  });
});
