import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import type { Problem } from '../model/errors.js';
import { explainFileError, readTextFile } from './read-file.js';

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** The certificates of a PEM text as they stand in it, whether they can be parsed or not; none where there are none. */
export function listCertificates(pem: string): readonly string[] {
  return pem.match(CERTIFICATE) ?? [];
}

/** The PEM certificates of the file that `--upstream.ca-file` names. Undefined, with the problem noted, where there are none. */
export async function readCertificates(
  path: string | undefined,
  problems: Problem[],
): Promise<readonly string[] | undefined> {
  if (path === undefined) return undefined;
  const where = `--upstream.ca-file ${path}`;
  try {
    const certificates = listCertificates(await readTextFile(path));
    if (certificates.length === 0) problems.push({ where, message: 'has no PEM certificate' });
    // A TLS context takes a certificate that cannot be parsed, and trusts nothing for it.
    return certificates.map((certificate) => new X509Certificate(certificate).toString());
  } catch (cause) {
    problems.push({ where, message: `cannot be read: ${explainFileError(cause)}` });
    return undefined;
  }
}

/** The roots that this process trusts: those of Node, and of NODE_EXTRA_CA_CERTS where Node can list them (22.15). */
export function listSystemCertificates(): readonly string[] {
  return 'getCACertificates' in tls && typeof tls.getCACertificates === 'function'
    ? tls.getCACertificates('default')
    : tls.rootCertificates;
}
