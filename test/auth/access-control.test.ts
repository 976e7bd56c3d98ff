import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Caller, createAccessControl } from '../../src/auth/access-control.js';
import { createPasswordMemory } from '../../src/auth/passwords.js';
import type { AccessPolicy, TokenSpec } from '../../src/model/access-policy.js';

const token = (text: string): TokenSpec => ({
  name: undefined,
  sha256: createHash('sha256').update(text).digest('hex'),
  expiresMs: undefined,
  where: 'tokens:1',
});

const open: AccessPolicy = {
  mode: 'none',
  isModeSaid: false,
  users: [],
  tokens: [],
  tokenFiles: [],
  tls: undefined,
  headers: [],
  rateLimit: undefined,
  allowedClients: undefined,
  trustedProxies: [],
};

function createWith(spec: Partial<AccessPolicy>, tokens: readonly TokenSpec[] = []) {
  const verified: string[] = [];
  const passwords = createPasswordMemory(async ({ password }) => {
    verified.push(password);
    return false;
  });
  const material = { spec: { ...open, ...spec }, tokens, trust: { authorities: undefined } };
  return { access: createAccessControl(material, { passwords, now: () => 0, wallClock: () => 0 }), verified };
}

function caller(changes: Partial<Caller> = {}): Caller {
  return {
    peer: '127.0.0.1',
    forwardedFor: undefined,
    connection: undefined,
    readAuthorization: () => undefined,
    ...changes,
  };
}

/** Shows a token, and remembers whether anybody looked. */
function showing(text: string) {
  let isRead = false;
  const readAuthorization = () => {
    isRead = true;
    return `Bearer ${text}`;
  };
  return { ...caller({ readAuthorization }), isRead: () => isRead };
}

describe('access control', () => {
  test('that guards nothing asks nobody anything', () => {
    const { access } = createWith({ headers: [['x-a', 'b']] });
    expect(access.authorize).toBeUndefined();
    expect(access).toMatchObject({
      consumesAuthorization: false,
      checkCertificate: undefined,
      headers: [['x-a', 'b']],
    });
  });

  test('answers at once where a token is shown', () => {
    const { access } = createWith({ mode: 'bearer' }, [token('right')]);
    expect(access.authorize?.(showing('right'))).toBeUndefined();
    expect(access.authorize?.(showing('wrong'))).toMatchObject({ reason: 'wrong_credential', status: 401 });
  });

  test('judges the address first, then the rate, then the credential', () => {
    const spec = { mode: 'bearer', allowedClients: ['127.0.0.1'], rateLimit: { intervalMs: 1000, burst: 1 } } as const;
    const { access } = createWith(spec, [token('right')]);
    const stranger = { ...showing('right'), peer: '192.0.2.1' };
    for (let i = 0; i < 3; i++) expect(access.authorize?.(stranger)).toMatchObject({ reason: 'address', status: 403 });
    expect(stranger.isRead()).toBe(false);
    expect(access.authorize?.(showing('wrong'))).toMatchObject({ reason: 'wrong_credential' });
    const late = showing('right');
    expect(access.authorize?.(late)).toMatchObject({ reason: 'rate_limit', status: 429, retryAfterSeconds: 1 });
    expect(late.isRead()).toBe(false);
  });

  test('of mtls lets nobody in without TLS, whatever else is said', () => {
    const { access } = createWith({ mode: 'mtls' });
    expect(access.authorize?.(caller())).toMatchObject({ reason: 'certificate', status: 403 });
  });

  test.each(['basic', 'bearer'] as const)('of %s with neither users nor tokens lets nobody in', async (mode) => {
    const { access, verified } = createWith({ mode });
    expect(access.consumesAuthorization).toBe(true);
    for (const authorization of [undefined, 'Bearer a', 'Basic YTpi']) {
      const verdict = await access.authorize?.(caller({ readAuthorization: () => authorization }));
      expect(verdict).toMatchObject({ status: 401 });
    }
    expect(verified).toEqual([]);
  });

  test('gives what cannot be read of a request to whoever asked', () => {
    const { access } = createWith({ mode: 'bearer' }, [token('right')]);
    const readAuthorization = () => {
      throw new Error('two headers');
    };
    expect(() => access.authorize?.(caller({ readAuthorization }))).toThrow('two headers');
  });
});
