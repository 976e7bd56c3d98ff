import type { SecretSource, TlsVersion, Where } from './module.js';
import type { Secret } from './secret.js';

/** What a caller must show: nothing, a password or a token (either, where both are configured), or a certificate. */
export type AuthMode = 'none' | 'basic' | 'bearer' | 'mtls';

/** Who may scrape zxp, and over what: the web config file, and the flags that say a part of it. Paths are absolute. */
export interface AccessPolicy {
  /** Said, or inferred: `mtls` only where it is said. Where both users and tokens get in, it is `basic`. */
  readonly mode: AuthMode;
  /** Whether the mode is set, and not inferred: a reload may remove authentication only where it is. */
  readonly isModeSaid: boolean;
  readonly users: readonly UserSpec[];
  readonly tokens: readonly TokenSpec[];
  /** Files with a token a line, read again when they change. */
  readonly tokenFiles: readonly string[];
  /** Undefined for plain HTTP. */
  readonly tls: ServerTlsSpec | undefined;
  /** Headers of every answer: the five that exporter-toolkit knows. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined where nothing says that there is none: a reload may lift a limit only where something does. */
  readonly rateLimit: RateLimitSpec | 'none' | undefined;
  /** Address ranges in canonical CIDR form; undefined lets every address in. */
  readonly allowedClients: readonly string[] | undefined;
  /** Whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies: readonly string[];
}

export interface UserSpec {
  readonly name: string;
  /** bcrypt, `$2a$`, `$2b$` or `$2y$`. */
  readonly hash: Secret;
  readonly where: Where;
}

/** A token that gets in, by its SHA-256 digest in lower-case hex. */
export interface TokenSpec {
  readonly name: string | undefined;
  readonly sha256: string;
  /** Unix milliseconds; undefined for no end. */
  readonly expiresMs: number | undefined;
  readonly where: Where;
}

/** The sort of Go's tls.ClientAuthType. */
export type ClientAuthType =
  | 'NoClientCert'
  | 'RequestClientCert'
  | 'RequireAnyClientCert'
  | 'VerifyClientCertIfGiven'
  | 'RequireAndVerifyClientCert';

/** TLS of zxp's own listener. */
export interface ServerTlsSpec {
  readonly cert: SecretSource;
  readonly key: SecretSource;
  /** Undefined trusts the system's roots, where certificates are verified at all. */
  readonly clientCa: SecretSource | undefined;
  readonly clientAuthType: ClientAuthType;
  /** Whether the type is said, or the mode says it: a reload may give up certificates only where it is. */
  readonly isClientAuthSaid: boolean;
  /** A client's certificate must have one of these; empty for any. */
  readonly clientAllowedSans: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion | undefined;
  /**
   * By OpenSSL's names; empty for the default. Where the file names suites of TLS 1.2 alone, those of 1.3 are here as
   * well: no list of suites turns TLS 1.3 off.
   */
  readonly ciphers: readonly string[];
  /** By OpenSSL's names; empty for the default. */
  readonly curves: readonly string[];
  readonly prefersServerCiphers: boolean;
  readonly where: Where;
}

/** So many requests of one client at once, and one more each interval. */
export interface RateLimitSpec {
  readonly intervalMs: number;
  readonly burst: number;
}
