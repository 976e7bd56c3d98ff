import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyPair } from './throwaway-certificates.js';

/** What a certificate is to say. */
export interface Wishes {
  /** As openssl writes them: `DNS:localhost,IP:127.0.0.1,email:a@b.example,URI:spiffe://a/b`. */
  readonly altNames?: string;
  readonly days?: number;
  /** What it may be used for; both where it is not said. */
  readonly purpose?: 'serverAuth' | 'clientAuth';
  /** The key that it is for, as PEM; a new one where it is not said. */
  readonly key?: string;
}

/** An authority of a test's own, with its private key. */
export interface CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  /** Makes a certificate for 127.0.0.1 and localhost, of two days, unless it is wished otherwise. */
  issue(name: string, wishes?: Wishes): KeyPair;
  /** Makes an authority below this one. */
  delegate(name: string): CertificateAuthority;
  close(): void;
}

const HERE = 'DNS:localhost,IP:127.0.0.1';

/** Makes an authority with the openssl command, in a folder that goes away with it. */
export function makeAuthority(name = 'authority'): CertificateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'zxp-authority-'));
  makeKey(folder, name);
  run(folder, [
    'req',
    '-x509',
    '-new',
    '-key',
    `${name}.key`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
    '-out',
    `${name}.crt`,
  ]);
  return toAuthority(folder, name, () => rmSync(folder, { recursive: true, force: true }));
}

function toAuthority(folder: string, name: string, close: () => void): CertificateAuthority {
  let issued = 0;
  const sign = (
    subject: string,
    extensions: readonly string[],
    { days = 2, key }: Pick<Wishes, 'days' | 'key'> = {},
  ): string => {
    const id = `${name}-${++issued}`;
    if (key === undefined) makeKey(folder, id);
    else writeFileSync(join(folder, `${id}.key`), key);
    run(folder, ['req', '-new', '-key', `${id}.key`, '-subj', `/CN=${subject}`, '-out', `${id}.csr`]);
    writeFileSync(join(folder, `${id}.ext`), `${extensions.join('\n')}\n`);
    const by = ['-CA', `${name}.crt`, '-CAkey', `${name}.key`, '-CAcreateserial', '-days', String(days)];
    run(folder, ['x509', '-req', '-in', `${id}.csr`, ...by, '-extfile', `${id}.ext`, '-out', `${id}.crt`]);
    return id;
  };
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    cert: read(`${name}.crt`),
    issue: (subject, { altNames = HERE, purpose, ...wishes } = {}) => {
      const usage = purpose === undefined ? [] : [`extendedKeyUsage=${purpose}`];
      const id = sign(subject, [`subjectAltName=${altNames}`, ...usage], wishes);
      return { key: read(`${id}.key`), cert: read(`${id}.crt`) };
    },
    delegate: (subject) => toAuthority(folder, sign(subject, ['basicConstraints=critical,CA:TRUE']), () => undefined),
    close,
  };
}

function makeKey(folder: string, name: string): void {
  run(folder, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`]);
}

function run(folder: string, words: readonly string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
}
