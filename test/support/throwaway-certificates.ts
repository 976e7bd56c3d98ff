import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyPair, makeAuthority, makeSelfSigned } from './certificate-authority.js';
import { makeTemporaryFolder } from './temporary-folder.js';

export interface ThrowawayCertificates {
  /** The path of the CA's certificate. */
  readonly caFile: string;
  /** For 127.0.0.1 and localhost, by the CA. */
  readonly good: KeyPair;
  /** By the CA, for 127.0.0.1 and localhost, until yesterday. */
  readonly expired: KeyPair;
  /** By the CA, for another name. */
  readonly wrongHost: KeyPair;
  /** For 127.0.0.1 and localhost, by itself. */
  readonly selfSigned: KeyPair;
  /** Takes the file away. */
  remove(): void;
}

/** A CA and certificates of each kind that a client must judge. */
export function makeThrowawayCertificates(): ThrowawayCertificates {
  const folder = makeTemporaryFolder();
  const caFile = join(folder.path, 'ca.crt');
  const authority = makeAuthority('ca');
  writeFileSync(caFile, authority.cert);
  return {
    caFile,
    good: authority.issue('good'),
    expired: authority.issue('expired', { days: -1 }),
    wrongHost: authority.issue('wrong-host', { altNames: 'DNS:elsewhere.invalid' }),
    selfSigned: makeSelfSigned('self-signed'),
    remove: () => folder.close(),
  };
}
