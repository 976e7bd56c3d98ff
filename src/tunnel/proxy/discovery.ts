import type { DiscoveredPath } from '../../model/proxy.js';
import type { ProxyDiscoverySpec } from '../../model/tunnel.js';
import type { PathEntry } from './path-table.js';

/** Labels of a path, as they can be shown to Prometheus, and how many there were besides. */
export interface DiscoveryLabels {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly dropped: number;
}

/** Set by the proxy itself. */
const RESERVED = new Set(['__metrics_path__', '__scheme__', 'agentName', 'hostName']);
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads the labels that an agent registers with a path: the text of a JSON object. Texts stay as they are, numbers and
 * booleans become texts; anything else is dropped, as are names that Prometheus refuses or keeps for itself. Text that is
 * no JSON object counts as one dropped label.
 */
export function readDiscoveryLabels(text: string): DiscoveryLabels {
  const parsed = parseObject(text);
  if (parsed === undefined) return { labels: [], dropped: text.trim() === '' ? 0 : 1 };
  const entries = Object.entries(parsed);
  const labels = entries.flatMap(([name, value]) => {
    const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    return isLabelName(name) && typeof shown === 'string' ? [[name, shown] as const] : [];
  });
  return { labels, dropped: entries.length - labels.length };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLabelName(name: string): boolean {
  if (!LABEL_NAME.test(name) || RESERVED.has(name)) return false;
  return !name.startsWith('__') || name.startsWith('__param_');
}

/** Every path as a target of its own; `host` is where the proxy was reached, for where the configuration names nothing. */
export function describePaths(
  entries: readonly PathEntry[],
  spec: Pick<ProxyDiscoverySpec, 'targetPrefix' | 'scheme'>,
  host: string,
): readonly DiscoveredPath[] {
  return entries.map(({ path, agents, labels }) => ({
    targets: [spec.targetPrefix ?? host],
    labels: Object.fromEntries([
      ...labels,
      ['__metrics_path__', `/${path}`],
      ...(spec.scheme === undefined ? [] : [['__scheme__', spec.scheme] as const]),
      ['agentName', agents.map(({ facts }) => facts.name).join(', ')],
      ['hostName', agents.map(({ facts }) => facts.host).join(', ')],
    ]),
  }));
}
