import type { DoorSpec, ServerTlsSpec } from '../../model/access-policy.js';

/** What guards zxp, a line each, with names and places and without anything that is secret. */
export function describeDoor(door: DoorSpec | undefined): readonly string[] {
  if (door === undefined) return [];
  const { mode, users, tokens, tokenFiles, tls, headers, rateLimit, allowedClients, trustedProxies } = door;
  return [
    `door: ${mode}`,
    ...users.map(({ name, where }) => `door: user ${name} (${where})`),
    ...tokens.map(({ name = 'without a name', expiresMs, where }) => {
      const end = expiresMs === undefined ? '' : ` until ${new Date(expiresMs).toISOString()}`;
      return `door: token ${name}${end} (${where})`;
    }),
    ...tokenFiles.map((path) => `door: tokens of ${path}`),
    ...(tls === undefined ? [] : [`door: ${describeTls(tls)}`]),
    ...headers.map(([name, value]) => `door: header ${name}: ${value}`),
    ...describeRateLimit(rateLimit),
    ...(allowedClients === undefined ? [] : [`door: clients ${allowedClients.join(', ')}`]),
    ...(trustedProxies.length === 0 ? [] : [`door: proxies ${trustedProxies.join(', ')}`]),
  ];
}

function describeRateLimit(limit: DoorSpec['rateLimit']): readonly string[] {
  if (limit === undefined || limit === 'none') return [];
  return [`door: ${limit.burst} requests, one more each ${limit.intervalMs}ms`];
}

function describeTls({ minVersion, maxVersion, clientAuthType, clientAllowedSans, where }: ServerTlsSpec): string {
  const versions = maxVersion === undefined ? `${minVersion} or later` : `${minVersion} to ${maxVersion}`;
  const sans = clientAllowedSans.length === 0 ? '' : ` for ${clientAllowedSans.join(', ')}`;
  return `${versions}, ${clientAuthType}${sans} (${where})`;
}
