import { expect, test } from 'vitest';
import { findStep } from '../../src/diagnose/steps.js';

const at = { phase: 'processing', hasProxy: false } as const;

test('what is bound to no step fails the one that was under way', () => {
  const phases = ['wait', 'resolve', 'connect', 'tls', 'processing', 'transfer', 'translate'] as const;
  expect(phases.map((phase) => findStep('timeout', { ...at, phase }))).toEqual([
    'credentials',
    'resolve',
    'connect',
    'tls',
    'request',
    'decode',
    'translate',
  ]);
  expect(findStep('internal', { ...at, phase: 'translate' })).toBe('translate');
});

test('what cannot be connected to is the proxy, where there is one', () => {
  expect(findStep('connect', at)).toBe('connect');
  expect(findStep('connect', { ...at, hasProxy: true })).toBe('proxy');
  expect(findStep('timeout', { phase: 'connect', hasProxy: true })).toBe('proxy');
  expect(findStep('tls', { ...at, hasProxy: true })).toBe('tls');
});
