import type { HttpClientSpec, SecretSource, Where } from './module.js';
import type { Secret } from './secret.js';

/** A host and a port to dial; IPv6 addresses are without brackets. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A regular expression of a configuration file, with its place for messages. */
export interface PatternSpec {
  readonly pattern: string;
  readonly where: Where;
}

/** One path that an agent serves. The wire calls those of included files `DISCOVERED`. */
export interface AgentPathSpec {
  readonly where: Where;
  /** One segment, without a slash. */
  readonly path: string;
  /** Without user and password. */
  readonly url: URL;
  /** What stood in front of the `@` of the URL. */
  readonly userinfo: { readonly username: string; readonly password: Secret } | undefined;
  /** Translates the target's JSON; undefined for an exporter, whose response is passed on as it is. */
  readonly module: string | undefined;
  readonly moduleWhere?: Where;
  /** TLS, credentials and proxy of an exporter; undefined where a module has its own. */
  readonly httpClient: HttpClientSpec | undefined;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly only: readonly PatternSpec[];
  readonly drop: readonly PatternSpec[];
  readonly source: 'STATIC' | 'DISCOVERED';
}

/** How an agent makes TLS to proxies; without a CA the system's are trusted. */
export interface AgentTlsSpec {
  readonly ca: SecretSource | undefined;
  readonly cert: SecretSource | undefined;
  readonly key: SecretSource | undefined;
  readonly serverName: string | undefined;
}

/** `tunnel` of an agent's file. Times are milliseconds, sizes bytes. */
export interface AgentSpec {
  readonly proxies: readonly Endpoint[];
  /** A connection to every proxy, or to the first that accepts one. */
  readonly mode: 'all' | 'failover';
  /** Undefined leaves it to the host's name. */
  readonly name: string | undefined;
  readonly consolidated: boolean;
  readonly token: SecretSource | undefined;
  /** Undefined for plaintext. */
  readonly tls: AgentTlsSpec | undefined;
  readonly paths: readonly AgentPathSpec[];
  /** Patterns of files with further paths, relative to the file. */
  readonly include: readonly string[];
  readonly transportFilterDisabled: boolean;
  readonly scrapeTimeoutMs: number;
  /** How long nothing is sent before a heartbeat is; undefined for none at all. */
  readonly heartbeatAfterMs: number | undefined;
  readonly reconnectAfterMs: number;
  /** Whether certificates of targets are not verified. */
  readonly trustAllX509: boolean;
  /** Bodies longer than this are compressed. */
  readonly gzipAboveBytes: number;
  /** Compressed bodies of at least this are sent in chunks of it. */
  readonly chunkBytes: number;
  /** Deadline of each unary call; undefined for none. */
  readonly callTimeoutMs: number | undefined;
}

/** One token of a proxy, and the paths that its bearer may register: globs, none for every path. */
export interface ProxyAgentSpec {
  readonly where: Where;
  readonly name: string;
  readonly token: SecretSource;
  readonly paths: readonly string[];
}

/** How a proxy speaks TLS to agents. With a CA of clients every agent needs a certificate of it. */
export interface ProxyTlsSpec {
  readonly where: Where;
  readonly cert: SecretSource;
  readonly key: SecretSource;
  readonly clientCa: SecretSource | undefined;
}

/** The document for `http_sd_configs`. */
export interface ProxyDiscoverySpec {
  /** One segment, without a slash. */
  readonly path: string;
  /** `host:port` of the proxy as Prometheus reaches it; undefined leaves it to the request's Host. */
  readonly targetPrefix: string | undefined;
  /** Becomes `__scheme__`. */
  readonly scheme: 'http' | 'https' | undefined;
}

/** `tunnel` of a proxy's file. Times are milliseconds, sizes bytes. */
export interface ProxySpec {
  /** An undefined host is every interface. */
  readonly listenAddresses: readonly { readonly host: string | undefined; readonly port: number }[];
  /** Undefined for plaintext. */
  readonly tls: ProxyTlsSpec | undefined;
  /** Empty: any agent may connect. */
  readonly agents: readonly ProxyAgentSpec[];
  readonly allowPlaintextCredentials: boolean;
  readonly transportFilterDisabled: boolean;
  /** Whether credentials that the proxy itself has verified are passed on. */
  readonly forwardVerified: boolean;
  /** Undefined where it is off. */
  readonly discovery: ProxyDiscoverySpec | undefined;
  readonly limits: {
    readonly agents: number;
    readonly paths: number;
    readonly pathsPerAgent: number;
    readonly compressedBytes: number;
    readonly bodyBytes: number;
    readonly labelBytes: number;
  };
  readonly evictionAfterMs: number;
  readonly scrapeTimeoutMs: number;
}
