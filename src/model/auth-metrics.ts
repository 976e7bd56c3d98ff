import type { RejectionReason } from './auth-decision.js';

/** When the certificates and tokens of access control expire, in Unix seconds. */
export interface AuthExpiries {
  readonly certificateExpiry: number | undefined;
  /** Of the one that ends first. */
  readonly clientCaExpiry: number | undefined;
  readonly tokenExpiries: readonly { readonly name: string; readonly expiry: number }[];
}

/** Where access control reports rejections, reloads and expiries. */
export interface AuthMetrics {
  observeRejection(cause: RejectionReason): void;
  observeReload(successful: boolean, unixSeconds: number): void;
  /** The active material. */
  observePolicy(facts: AuthExpiries): void;
}
