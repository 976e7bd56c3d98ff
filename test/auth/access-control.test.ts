import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Caller, createDoor } from '../../src/auth/access-control.js';
import { createPasswordMemory } from '../../src/auth/passwords.js';
import type { DoorSpec, TokenSpec } from '../../src/model/access-policy.js';

const token = (text: string): TokenSpec => ({
  name: undefined,
  sha256: createHash('sha256').update(text).digest('hex'),
  expiresMs: undefined,
  where: 'tokens:1',
});

const open: DoorSpec = {
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

function createWith(spec: Partial<DoorSpec>, tokens: readonly TokenSpec[] = []) {
  const verified: string[] = [];
  const passwords = createPasswordMemory(async ({ password }) => {
    verified.push(password);
    return false;
  });
  const material = { spec: { ...open, ...spec }, tokens, trust: { authorities: undefined } };
  return { door: createDoor(material, { passwords, now: () => 0, wallClock: () => 0 }), verified };
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

describe('a door', () => {
  test('that guards nothing asks nobody anything', () => {
    const { door } = createWith({ headers: [['x-a', 'b']] });
    expect(door.admit).toBeUndefined();
    expect(door).toMatchObject({ takesAuthorization: false, checkCertificate: undefined, headers: [['x-a', 'b']] });
  });

  test('answers at once where a token is shown', () => {
    const { door } = createWith({ mode: 'bearer' }, [token('right')]);
    expect(door.admit?.(showing('right'))).toBeUndefined();
    expect(door.admit?.(showing('wrong'))).toMatchObject({ cause: 'wrong_credential', status: 401 });
  });

  test('judges the address first, then the rate, then the credential', () => {
    const spec = { mode: 'bearer', allowedClients: ['127.0.0.1'], rateLimit: { intervalMs: 1000, burst: 1 } } as const;
    const { door } = createWith(spec, [token('right')]);
    const stranger = { ...showing('right'), peer: '192.0.2.1' };
    for (let i = 0; i < 3; i++) expect(door.admit?.(stranger)).toMatchObject({ cause: 'address', status: 403 });
    expect(stranger.isRead()).toBe(false);
    expect(door.admit?.(showing('wrong'))).toMatchObject({ cause: 'wrong_credential' });
    const late = showing('right');
    expect(door.admit?.(late)).toMatchObject({ cause: 'rate_limit', status: 429, retryAfterSeconds: 1 });
    expect(late.isRead()).toBe(false);
  });

  test('of mtls lets nobody in without TLS, whatever else is said', () => {
    const { door } = createWith({ mode: 'mtls' });
    expect(door.admit?.(caller())).toMatchObject({ cause: 'certificate', status: 403 });
  });

  test.each(['basic', 'bearer'] as const)('of %s with neither users nor tokens lets nobody in', async (mode) => {
    const { door, verified } = createWith({ mode });
    expect(door.takesAuthorization).toBe(true);
    for (const authorization of [undefined, 'Bearer a', 'Basic YTpi']) {
      const verdict = await door.admit?.(caller({ readAuthorization: () => authorization }));
      expect(verdict).toMatchObject({ status: 401 });
    }
    expect(verified).toEqual([]);
  });

  test('gives what cannot be read of a request to whoever asked', () => {
    const { door } = createWith({ mode: 'bearer' }, [token('right')]);
    const readAuthorization = () => {
      throw new Error('two headers');
    };
    expect(() => door.admit?.(caller({ readAuthorization }))).toThrow('two headers');
  });
});
