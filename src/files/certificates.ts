import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import type { Problem } from '../model/errors.js';

/** The PEM certificates of the file that `--upstream.ca-file` names. Undefined, with the problem noted, where none can be had. */
export async function readCertificates(
  path: string | undefined,
  problems: Problem[],
): Promise<readonly string[] | undefined> {
  if (path === undefined) return undefined;
  const where = `--upstream.ca-file ${path}`;
  try {
    const pem = await readFile(path, 'utf8');
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (certificates.length === 0) problems.push({ where, message: 'has no PEM certificate' });
    // A TLS context takes a certificate that cannot be parsed, and trusts nothing for it.
    return certificates.map((certificate) => new X509Certificate(certificate).toString());
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    problems.push({ where, message: `cannot be read: ${message}` });
    return undefined;
  }
}

/** The roots that this process trusts: those of Node, and of NODE_EXTRA_CA_CERTS where Node can list them (22.15). */
export function listSystemCertificates(): readonly string[] {
  return 'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
    ? tls.getCACertificates('default')
    : tls.rootCertificates;
}
