import type { Problem } from '../../model/errors.js';
import { type Findings, YamlCursor } from '../yaml-cursor.js';

export type TunnelSide = 'agent' | 'proxy';

/** Which sides of a tunnel a file configures, and in whose words. */
export interface TunnelFileKind {
  readonly dialect: 'zxp' | 'prometheus-proxy';
  readonly sides: readonly TunnelSide[];
  /** The key of zxp's own file that shows it: `tunnel.proxies`. */
  readonly mark?: string;
  /** Why it does not parse; its sides are unknown then. */
  readonly problems?: readonly Problem[];
}

/** `agent {`, `proxy.agent.port = `, `"agent": {` at the beginning of a line; YAML has no braces or dots there. */
const HOCON_ROOT = /^[ \t]*(?:\{[ \t]*)?"?(agent|proxy)"?[ \t]*(?:[.={]|:[ \t]*[{"])/gm;

const AGENT_KEYS = ['proxies', 'paths', 'include', 'mode', 'name', 'heartbeat_after', 'reconnect_after', 'token_file'];
const PROXY_KEYS = ['listen_addresses', 'agents', 'discovery', 'limits', 'eviction_after'];

/**
 * Tells by its content whether a file configures an agent or a proxy; undefined for one that is about neither. A file of
 * zxp's own has `tunnel`, one of prometheus-proxy `agent`, `proxy` or both.
 */
export function recognizeTunnelFile(name: string, text: string): TunnelFileKind | undefined {
  const findings: Findings = { problems: [], warnings: [] };
  const root = YamlCursor.open(name, text, findings);
  const tunnel = root?.fields?.find(({ key }) => key === 'tunnel')?.cursor;
  if (tunnel !== undefined) return { dialect: 'zxp', ...recognizeSides(tunnel) };
  const bare = text.replace(/(^|\s)(#|\/\/).*$/gm, '$1');
  const found = new Set([...bare.matchAll(HOCON_ROOT)].map(([, side]) => (side === 'agent' ? 'agent' : 'proxy')));
  if (found.size > 0) return { dialect: 'prometheus-proxy', sides: [...found] };
  // What does not parse as YAML may still be meant as `tunnel`.
  if (root !== undefined || !/^tunnel[ \t]*:/m.test(text)) return undefined;
  return { dialect: 'zxp', sides: [], problems: findings.problems };
}

/** `proxies` marks an agent's file and `listen_addresses` a proxy's; without either the other keys show it. */
function recognizeSides(tunnel: YamlCursor): Pick<TunnelFileKind, 'sides' | 'mark'> {
  const keys = tunnel.fields?.map(({ key }) => key) ?? [];
  const find = (ofAgent: readonly string[], ofProxy: readonly string[]) => {
    const agent = keys.find((key) => ofAgent.includes(key));
    const proxy = keys.find((key) => ofProxy.includes(key));
    const sides: readonly TunnelSide[] = [
      ...(agent === undefined ? [] : (['agent'] as const)),
      ...(proxy === undefined ? [] : (['proxy'] as const)),
    ];
    const mark = agent ?? proxy;
    return { sides, ...(mark === undefined ? {} : { mark: `tunnel.${mark}` }) };
  };
  const marked = find(['proxies'], ['listen_addresses']);
  return marked.sides.length > 0 ? marked : find(AGENT_KEYS, PROXY_KEYS);
}
