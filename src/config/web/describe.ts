import type { AccessPolicy, ServerTlsSpec } from '../../model/access-policy.js';

/** The access policy, one line per part, with names and places and without anything that is secret. */
export function describeAccess(access: AccessPolicy | undefined): readonly string[] {
  if (access === undefined) return [];
  const { mode, users, tokens, tokenFiles, tls, headers, rateLimit, allowedClients, trustedProxies } = access;
  return [
    `access: ${mode}`,
    ...users.map(({ name, where }) => `access: user ${name} (${where})`),
    ...tokens.map(({ name = 'without a name', expiresMs, where }) => {
      const end = expiresMs === undefined ? '' : ` until ${new Date(expiresMs).toISOString()}`;
      return `access: token ${name}${end} (${where})`;
    }),
    ...tokenFiles.map((path) => `access: tokens of ${path}`),
    ...(tls === undefined ? [] : [`access: ${describeTls(tls)}`]),
    ...headers.map(([name, value]) => `access: header ${name}: ${value}`),
    ...describeRateLimit(rateLimit),
    ...(allowedClients === undefined ? [] : [`access: clients ${allowedClients.join(', ')}`]),
    ...(trustedProxies.length === 0 ? [] : [`access: proxies ${trustedProxies.join(', ')}`]),
  ];
}

function describeRateLimit(limit: AccessPolicy['rateLimit']): readonly string[] {
  if (limit === undefined || limit === 'none') return [];
  return [`access: ${limit.burst} requests, one more each ${limit.intervalMs}ms`];
}

function describeTls({ minVersion, maxVersion, clientAuthType, clientAllowedSans, where }: ServerTlsSpec): string {
  const versions = maxVersion === undefined ? `${minVersion} or later` : `${minVersion} to ${maxVersion}`;
  const sans = clientAllowedSans.length === 0 ? '' : ` for ${clientAllowedSans.join(', ')}`;
  return `${versions}, ${clientAuthType}${sans} (${where})`;
}
