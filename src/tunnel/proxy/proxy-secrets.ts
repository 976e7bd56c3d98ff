import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { readSecret } from '../../files/secret-file.js';
import { readWhole } from '../../files/stable-read.js';
import { ZxpError } from '../../model/errors.js';
import type { SecretSource } from '../../model/module.js';
import type { ProxySpec } from '../../model/tunnel.js';
import type { RpcServerTls } from '../protocol/server.js';
import { createTokenTable, type TokenTable } from './agent-identity.js';

/** What the files of a proxy's configuration hold. */
export interface ProxySecrets {
  /** Undefined where any agent may connect. */
  readonly tokens: TokenTable | undefined;
  /** Undefined for plaintext. */
  readonly tls: RpcServerTls | undefined;
}

/** The files that are read for these. */
export function listSecretFiles({ agents, tls }: Pick<ProxySpec, 'agents' | 'tls'>): readonly string[] {
  const sources = [...agents.map(({ token }) => token), tls?.cert, tls?.key, tls?.clientCa];
  return sources.flatMap((source) => (source !== undefined && 'file' in source ? source.file : []));
}

/** Reads tokens, certificate and CA as they are at one moment. Throws `config` for anything that cannot be used. */
export function loadProxySecrets(spec: Pick<ProxySpec, 'agents' | 'tls'>): Promise<ProxySecrets> {
  return readWhole(
    () => listSecretFiles(spec),
    async () => ({ tokens: await readTokens(spec.agents), tls: await readTls(spec.tls) }),
  );
}

async function readTokens(agents: ProxySpec['agents']): Promise<TokenTable | undefined> {
  if (agents.length === 0) return undefined;
  const tokens = await Promise.all(
    agents.map(async ({ name, token, paths }) => ({ name, token: (await readConfigured(token)).trim(), paths })),
  );
  return createTokenTable(tokens);
}

async function readTls(tls: ProxySpec['tls']): Promise<RpcServerTls | undefined> {
  if (tls === undefined) return undefined;
  const [cert, key, clientCa] = await Promise.all([
    readConfigured(tls.cert),
    readConfigured(tls.key),
    tls.clientCa === undefined ? undefined : readConfigured(tls.clientCa),
  ]);
  const { where } = tls;
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new ZxpError('config', `${where}: certificate and key cannot be used`, {
      cause,
      hint: 'both must be PEM, and belong together',
    });
  }
  if (clientCa !== undefined) checkCa(clientCa, where);
  return {
    cert: Buffer.from(cert),
    key: Buffer.from(key),
    clientCa: clientCa === undefined ? undefined : Buffer.from(clientCa),
  };
}

/** OpenSSL takes a CA that it cannot read for none, and would then trust nobody, or everybody. */
function checkCa(pem: string, where: string): void {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
    if (certificates.length > 0) return;
  } catch (cause) {
    throw new ZxpError('config', `${where}: the CA of client certificates cannot be read`, { cause });
  }
  throw new ZxpError('config', `${where}: the CA of client certificates has no PEM certificate`);
}

async function readConfigured(source: SecretSource): Promise<string> {
  try {
    return await readSecret(source);
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    throw new ZxpError('config', thrown.message, { cause: thrown, hint: thrown.hint });
  }
}
