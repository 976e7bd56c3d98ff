import { createHash } from 'node:crypto';
import { explainFileError, readTextFile } from '../files/read-file.js';
import type { AccessPolicy, TokenSpec } from '../model/access-policy.js';
import type { Problem } from '../model/errors.js';
import type { SecretSource } from '../model/module.js';
import type { AccessMaterial } from './access-control.js';
import type { ClientTrust } from './client-certificate.js';
import { readServerTls, type ServerTls } from './server-tls.js';
import { parseTokenFile } from './tokens.js';

/** An access policy with the contents of its files. */
export interface LoadedPolicy extends AccessMaterial {
  readonly tls: ServerTls | undefined;
  /** Differs where anything of it differs. */
  readonly fingerprint: string;
}

/** A policy without any check: every client is allowed, over plain HTTP. */
export const openPolicy: AccessPolicy = {
  mode: 'none',
  isModeSaid: false,
  users: [],
  tokens: [],
  tokenFiles: [],
  tls: undefined,
  headers: [],
  rateLimit: undefined,
  allowedClients: undefined,
  trustedProxies: [],
};

/** Reads the files of a policy. Undefined, with every problem noted, where one of them is invalid. */
export async function loadPolicyFiles(spec: AccessPolicy, problems: Problem[]): Promise<LoadedPolicy | undefined> {
  const found: Problem[] = [];
  const [ofFiles, tls] = await Promise.all([
    Promise.all(spec.tokenFiles.map((path) => readTokenFile(path, found))),
    spec.tls === undefined ? undefined : readServerTls(spec.tls, found),
  ]);
  problems.push(...found);
  if (found.length > 0) return undefined;
  const tokens = [...spec.tokens, ...ofFiles.flat()];
  const trust: ClientTrust = { authorities: tls?.authorities };
  return { spec, tokens, tls, trust, fingerprint: takeFingerprint([spec, listHashes(spec), tokens, tls?.context]) };
}

function takeFingerprint(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What a policy hides when it is printed. */
function listHashes({ users }: AccessPolicy): readonly string[] {
  return users.map(({ hash }) => hash.reveal());
}

/** Whether OpenSSL itself can reject every invalid certificate: it verifies up to a root only. */
export function needsRoot({ spec, tls }: LoadedPolicy): boolean {
  const { authorities = [] } = tls ?? {};
  return (
    spec.tls?.clientAuthType === 'RequireAndVerifyClientCert' && authorities.every((each) => each.checkIssued(each))
  );
}

/** The files of a policy, besides the web config file itself. */
export function listPolicyFiles({ tls, tokenFiles }: AccessPolicy): readonly string[] {
  const sources: readonly (SecretSource | undefined)[] = [tls?.cert, tls?.key, tls?.clientCa];
  return [...tokenFiles, ...sources.flatMap((source) => (source !== undefined && 'file' in source ? source.file : []))];
}

async function readTokenFile(path: string, problems: Problem[]): Promise<readonly TokenSpec[]> {
  try {
    const file = parseTokenFile(path, await readTextFile(path));
    problems.push(...file.problems);
    return file.tokens;
  } catch (cause) {
    const hint = 'it must exist, and zxp must be allowed to read it';
    problems.push({ where: path, message: `cannot be read: ${explainFileError(cause)}`, hint });
    return [];
  }
}
