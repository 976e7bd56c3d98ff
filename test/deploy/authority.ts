import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

/** What cert-manager writes into a Secret. */
export type CertificateSecret = Readonly<Record<'tls.crt' | 'tls.key' | 'ca.crt', string>>;

export interface Authority {
  /** A certificate for both sides of TLS, for one DNS name. */
  issue(dnsName: string): CertificateSecret;
}

/** Makes an authority with the openssl command. */
export function makeAuthority(): Authority {
  const folder = makeTemporaryFolder();
  process.once('exit', folder.close);
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { cwd: folder.path, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const request = (name: string) => ['-subj', `/CN=${name}`, '-keyout', `${name}.key`];
  const read = (file: string) => readFileSync(join(folder.path, file), 'utf8');
  openssl('req', '-x509', ...key, ...request('ca'), '-days', '2', '-out', 'ca.crt');
  return {
    issue: (dnsName) => {
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
      openssl(
        'req',
        '-x509',
        ...key,
        ...request(dnsName),
        ...by,
        '-days',
        '2',
        '-out',
        `${dnsName}.crt`,
        '-addext',
        `subjectAltName=DNS:${dnsName}`,
        '-addext',
        'basicConstraints=critical,CA:FALSE',
      );
      return { 'tls.crt': read(`${dnsName}.crt`), 'tls.key': read(`${dnsName}.key`), 'ca.crt': read('ca.crt') };
    },
  };
}
