import { describe, expect, test } from 'vitest';
import { startSingleFlight } from '../../src/async/single-flight.js';
import type { CancellationSignal } from '../../src/model/cancellation.js';

/** A fetch that ends when the test says so. */
function startHeld() {
  let resolve: (value: string) => void = () => undefined;
  let ownSignal: CancellationSignal | undefined;
  const shared = startSingleFlight(
    (signal) =>
      new Promise<string>((settle) => {
        ownSignal = signal;
        resolve = settle;
      }),
  );
  return { shared, resolve: (value: string) => resolve(value), isAborted: () => ownSignal?.aborted };
}

const gone = new Error('gone');

describe('a shared fetch', () => {
  test('gives all who wait the same', async () => {
    const { shared, resolve } = startHeld();
    const joined = [1, 2, 3].map(() => shared.join(new AbortController().signal));
    resolve('it');
    expect(await Promise.all(joined)).toEqual(['it', 'it', 'it']);
  });

  test('is given up with the last one who leaves, in that very moment, and not with the first', async () => {
    const { shared, isAborted } = startHeld();
    const controllers = [new AbortController(), new AbortController()];
    const joined = controllers.map(({ signal }) => shared.join(signal));
    controllers[0]?.abort(gone);
    expect([isAborted(), shared.isAbandoned]).toEqual([false, false]);
    controllers[1]?.abort(gone);
    expect([isAborted(), shared.isAbandoned]).toEqual([true, true]);
    for (const each of joined) await expect(each).rejects.toBe(gone);
  });

  test('is not given up once it is over', async () => {
    const { shared, resolve, isAborted } = startHeld();
    const controller = new AbortController();
    const joined = shared.join(controller.signal);
    resolve('it');
    expect(await joined).toBe('it');
    controller.abort(gone);
    expect([isAborted(), shared.isAbandoned]).toEqual([false, false]);
  });

  test('lets nobody wait whose signal is aborted already', async () => {
    const { shared, isAborted } = startHeld();
    await expect(shared.join(AbortSignal.abort(gone))).rejects.toBe(gone);
    expect(isAborted()).toBe(true);
  });

  test('that fails tells all who wait, and troubles nobody else', async () => {
    const shared = startSingleFlight(async () => {
      throw gone;
    });
    await expect(shared.join(new AbortController().signal)).rejects.toBe(gone);
    startSingleFlight(async () => {
      throw gone;
    });
  });
});
