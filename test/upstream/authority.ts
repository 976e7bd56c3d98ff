import { type KeyPair, makeAuthority as makeCertificateAuthority } from '../support/certificate-authority.js';

/** A certificate authority for one test file. */
export interface Authority {
  /** Its certificate, as PEM. */
  readonly cert: string;
  /** Issues a certificate; `altNames` as `DNS:localhost,IP:127.0.0.1`. */
  issue(name: string, altNames?: string, days?: number): KeyPair;
  close(): void;
}

export function makeAuthority(name?: string): Authority {
  const { cert, issue } = makeCertificateAuthority(name);
  return {
    cert,
    issue: (subject, altNames, days = 2) => issue(subject, altNames === undefined ? { days } : { altNames, days }),
    close: () => undefined,
  };
}
