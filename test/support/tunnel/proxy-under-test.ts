import { type RunningProxy, startProxy } from '../../../src/app/proxy.js';
import { loadConfiguration } from '../../../src/config/load.js';
import { proxyDefaults } from '../../../src/config/tunnel/defaults.js';
import type { AccessPolicy } from '../../../src/model/access-policy.js';
import type { ProxySpec } from '../../../src/model/tunnel.js';
import { ask, type Question, type Reply } from '../ask.js';
import { recordTo } from '../recording-logger.js';

export interface ProxyUnderTest {
  readonly proxy: RunningProxy;
  readonly url: string;
  /** Where agents connect. */
  readonly port: number;
  readonly logged: readonly string[];
  /** What the next reload reads. */
  setSpec(changes: Partial<ProxySpec>): void;
  get(path: string, question?: Question): Promise<Reply>;
  /** The value of one of the proxy's own metrics. */
  metric(series: string): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A proxy in this process, on ports of its own. */
export async function startProxyUnderTest(
  spec: Partial<ProxySpec> = {},
  options: {
    readonly flags?: Readonly<Record<string, string>>;
    readonly access?: AccessPolicy;
    readonly watchIntervalMs?: number;
  } = {},
): Promise<ProxyUnderTest> {
  const logged: string[] = [];
  let active: ProxySpec = { ...proxyDefaults, listenAddresses: [{ host: '127.0.0.1', port: 0 }], ...spec };
  const flags = { 'web.listen-address': '127.0.0.1:0', ...options.flags };
  const settings = loadConfiguration({
    flags: new Map(Object.entries(flags).map(([name, value]) => [name, [value]])),
    environment: {},
  });
  const access = options.access;
  const proxy = await startProxy({
    spec: active,
    settings: { ...settings, access },
    loadSpec: async () => active,
    loadAccessPolicy: async () => ({ access, warnings: [] }),
    logger: recordTo(logged),
    logsRequests: () => settings.log.requests,
    version: '0.0.0-test',
    nodeVersion: process.version,
    watchIntervalMs: options.watchIntervalMs ?? 60_000,
  });
  const [url = ''] = proxy.urls;
  const [address = ''] = proxy.tunnelAddresses;
  const get: ProxyUnderTest['get'] = (path, question) => ask(`${url}${path}`, question);
  return {
    proxy,
    url,
    port: Number(/\d+$/.exec(address)?.[0]),
    logged,
    setSpec: (changes) => {
      active = { ...active, ...changes };
    },
    get,
    metric: async (series) => {
      const { text } = await get('/-/metrics');
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    close: () => proxy.close(),
  };
}
