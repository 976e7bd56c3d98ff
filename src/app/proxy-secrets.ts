import type { ProxySpec } from '../model/tunnel.js';
import { loadProxySecrets } from '../tunnel/proxy/proxy-secrets.js';

/** Reads the tokens and certificates of a proxy as a start does. Throws `config` for anything that cannot be used. */
export async function checkProxySecrets(spec: ProxySpec): Promise<void> {
  await loadProxySecrets(spec);
}
