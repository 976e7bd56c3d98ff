import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import type { KeyPair } from '../support/throwaway-certificates.js';

/** A certificate authority for one test file. */
export interface Authority {
  /** Its certificate, as PEM. */
  readonly cert: string;
  /** Issues a certificate; `altNames` as openssl takes them: `DNS:localhost,IP:127.0.0.1`. */
  issue(name: string, altNames?: string, days?: number): KeyPair;
  close(): void;
}

const HERE = 'DNS:localhost,IP:127.0.0.1';

/** Makes an authority with the openssl command. */
export function makeAuthority(name = 'authority'): Authority {
  const folder = makeTemporaryFolder();
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder.path, stdio: 'pipe' });
  const read = (file: string) => readFileSync(join(folder.path, file), 'utf8');
  const makeKey = (file: string) => openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file);
  makeKey('ca.key');
  openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', `/CN=${name}`, '-days', '2', '-out', 'ca.crt');
  return {
    cert: read('ca.crt'),
    issue: (subject, altNames = HERE, days = 2) => {
      makeKey(`${subject}.key`);
      openssl('req', '-new', '-key', `${subject}.key`, '-subj', `/CN=${subject}`, '-out', `${subject}.csr`);
      writeFileSync(join(folder.path, 'extensions'), `subjectAltName=${altNames}\n`);
      const signing = [
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        String(days),
        '-extfile',
        'extensions',
      ];
      openssl('x509', '-req', '-in', `${subject}.csr`, ...signing, '-out', `${subject}.crt`);
      return { key: read(`${subject}.key`), cert: read(`${subject}.crt`) };
    },
    close: () => folder.close(),
  };
}
