import type { PasswordAttempt, VerifyPassword } from '../../src/model/auth-decision.js';

/** A verifier that answers when the test says so, and finds `right` right. */
export interface HeldVerify {
  readonly verify: VerifyPassword;
  /** The attempts so far, in their order. */
  readonly attempts: readonly PasswordAttempt[];
  /** Answers the one under way, and lets what follows from that happen. */
  answer(): Promise<void>;
  /** Fails the one under way. */
  fail(): Promise<void>;
}

export function holdVerify(): HeldVerify {
  const attempts: PasswordAttempt[] = [];
  let finish: { readonly resolve: (isRight: boolean) => void; readonly reject: (error: Error) => void } | undefined;
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    attempts,
    verify: (attempt) => {
      attempts.push(attempt);
      return new Promise((resolve, reject) => {
        finish = { resolve, reject };
      });
    },
    answer: async () => {
      finish?.resolve(attempts.at(-1)?.password === 'right');
      await settle();
    },
    fail: async () => {
      finish?.reject(new Error('the thread died'));
      await settle();
    },
  };
}
