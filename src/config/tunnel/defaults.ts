import type { AgentSpec, ProxySpec } from '../../model/tunnel.js';

const SECOND_MS = 1000;
const KIB = 1024;
const MIB = 1024 * KIB;

/** The settings of an agent whose file has none; `docs/agent.md` is held to it by a test. */
export const agentDefaults = {
  proxies: [],
  mode: 'all',
  name: undefined,
  consolidated: false,
  token: undefined,
  tls: undefined,
  paths: [],
  include: [],
  transportFilterDisabled: false,
  scrapeTimeoutMs: 15 * SECOND_MS,
  heartbeatAfterMs: 5 * SECOND_MS,
  reconnectAfterMs: 3 * SECOND_MS,
  trustAllX509: false,
  gzipAboveBytes: 512,
  chunkBytes: 32 * KIB,
  callTimeoutMs: 30 * SECOND_MS,
} as const satisfies AgentSpec;

/** Bytes of an exporter's response at most, where `limits.body_size` is not set. */
export const AGENT_BODY_BYTES = 10 * MIB;

/** The port of a proxy that a prometheus-proxy file names without one, and that a proxy listens on. */
export const TUNNEL_PORT = 50_051;

/** The settings of a proxy whose file has none. */
export const proxyDefaults = {
  listenAddresses: [{ host: undefined, port: TUNNEL_PORT }],
  tls: undefined,
  agents: [],
  allowPlaintextCredentials: false,
  transportFilterDisabled: false,
  forwardVerified: false,
  discovery: undefined,
  limits: {
    agents: 1000,
    paths: 10_000,
    pathsPerAgent: 1000,
    compressedBytes: 5 * MIB,
    bodyBytes: 10 * MIB,
    labelBytes: 4 * KIB,
  },
  evictionAfterMs: 60 * SECOND_MS,
  scrapeTimeoutMs: 90 * SECOND_MS,
} as const satisfies ProxySpec;

/** The path of the discovery document. */
export const DISCOVERY_PATH = 'discovery';
