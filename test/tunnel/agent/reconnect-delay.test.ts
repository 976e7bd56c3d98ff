import { describe, expect, test } from 'vitest';
import { createReconnectDelay } from '../../../src/tunnel/agent/reconnect-delay.js';

describe('the pause before the next attempt', () => {
  test('doubles up to a minute while connections fail', () => {
    const delay = createReconnectDelay({ firstMs: 3000, now: () => 0, random: () => 0 });
    expect(Array.from({ length: 7 }, () => delay.nextMs())).toEqual([
      3000, 6000, 12_000, 24_000, 48_000, 60_000, 60_000,
    ]);
  });

  test('is short after a connection that lasted, and not after one that flapped', () => {
    let nowMs = 0;
    const delay = createReconnectDelay({ firstMs: 3000, now: () => nowMs, random: () => 0 });
    delay.connected();
    nowMs += 60_000;
    expect(delay.nextMs()).toBe(750);
    delay.connected();
    nowMs += 1000;
    expect(delay.nextMs()).toBe(3000);
    delay.connected();
    nowMs += 1000;
    expect(delay.nextMs()).toBe(6000);
  });

  test('is shortened by up to a half', () => {
    const delay = createReconnectDelay({ firstMs: 3000, now: () => 0, random: () => 0.999_999 });
    expect(delay.nextMs()).toBeCloseTo(1500, 0);
  });
});
