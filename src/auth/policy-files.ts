import { createHash } from 'node:crypto';
import { explainFileError, readTextFile } from '../files/read-file.js';
import type { AccessPolicy, TokenSpec } from '../model/access-policy.js';
import type { Problem } from '../model/errors.js';
import type { SecretSource } from '../model/module.js';
import type { AccessMaterial } from './access-control.js';
import type { ClientTrust } from './client-certificate.js';
import { readServerTls, type ServerTls } from './server-tls.js';
import { parseTokenFile } from './token-file.js';

/** A door with all that its files say. */
export interface LoadedPolicy extends AccessMaterial {
  readonly tls: ServerTls | undefined;
  /** Another where anything of it is another. */
  readonly fingerprint: string;
}

/** Reads the files of a door. Nothing comes of it, with every problem noted, where one of them will not do. */
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

/** What a specification does not show by itself. */
function listHashes({ users }: AccessPolicy): readonly string[] {
  return users.map(({ hash }) => hash.reveal());
}

/** Whether OpenSSL itself can turn away every certificate that will not do: it verifies up to a root alone. */
export function needsRoot({ spec, tls }: LoadedPolicy): boolean {
  const { authorities = [] } = tls ?? {};
  return (
    spec.tls?.clientAuthType === 'RequireAndVerifyClientCert' && authorities.every((each) => each.checkIssued(each))
  );
}

/** The files that say who comes in, besides the web config file itself. */
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
    const hint = 'it must be there, and zxp allowed to read it';
    problems.push({ where: path, message: `cannot be read: ${explainFileError(cause)}`, hint });
    return [];
  }
}
