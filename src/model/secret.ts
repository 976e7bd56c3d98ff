import { inspect } from 'node:util';

const MASK = '<secret>';

/** Text that cannot be printed by accident: only `reveal()` gives it; JSON, string and inspect give `<secret>`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

const SECRET_NAME = /key|token|secret|pass|pwd|auth|sig|session|credential|jwt/i;

/** Whether a parameter, header or field of this name may hold a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
