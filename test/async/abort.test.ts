import { describe, expect, test } from 'vitest';
import { unlessAborted } from '../../src/async/abort.js';

const gone = new Error('gone');
const never = () => new Promise<never>(() => undefined);

describe('unlessAborted', () => {
  test('gives what was asked for', async () => {
    expect(await unlessAborted(Promise.resolve('it'), new AbortController().signal)).toBe('it');
    const failed = unlessAborted(Promise.reject(new Error('no')), new AbortController().signal);
    await expect(failed).rejects.toThrow('no');
  });

  test('does not wait for what hears no signal', async () => {
    const controller = new AbortController();
    const asked = unlessAborted(never(), controller.signal);
    controller.abort(gone);
    await expect(asked).rejects.toBe(gone);
    await expect(unlessAborted(never(), AbortSignal.abort(gone))).rejects.toBe(gone);
  });

  test('passes over what fails after that', async () => {
    await expect(unlessAborted(Promise.reject(new Error('later')), AbortSignal.abort(gone))).rejects.toBe(gone);
  });
});
