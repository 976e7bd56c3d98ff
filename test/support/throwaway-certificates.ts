import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts, as node:tls takes them. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface ThrowawayCertificates {
  /** The path of the authority's certificate. */
  readonly caFile: string;
  /** For 127.0.0.1 and localhost, by the authority. */
  readonly good: KeyPair;
  /** By the authority, for 127.0.0.1 and localhost, until yesterday. */
  readonly expired: KeyPair;
  /** By the authority, for another name. */
  readonly wrongHost: KeyPair;
  /** For 127.0.0.1 and localhost, by itself. */
  readonly selfSigned: KeyPair;
  /** Takes the files away. */
  remove(): void;
}

const HERE = 'DNS:localhost,IP:127.0.0.1';

/** Makes an authority and certificates with the openssl command, in a folder of their own. */
export function makeThrowawayCertificates(): ThrowawayCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'zxp-certificates-'));
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const makeKey = (name: string) =>
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  const makeSelfSigned = (name: string, more: readonly string[] = []) => {
    makeKey(name);
    openssl('req', '-x509', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.crt`, ...more);
  };
  const makeSigned = (name: string, options: { readonly altNames: string; readonly days: string }) => {
    makeKey(name);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${options.altNames}\n`);
    const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    const extensions = ['-days', options.days, '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...authority, ...extensions, '-out', `${name}.crt`);
  };
  const read = (name: string): KeyPair => ({
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
  });
  makeSelfSigned('ca');
  makeSigned('good', { altNames: HERE, days: '2' });
  makeSigned('expired', { altNames: HERE, days: '-1' });
  makeSigned('wrong-host', { altNames: 'DNS:elsewhere.invalid', days: '2' });
  makeSelfSigned('self-signed', ['-addext', `subjectAltName=${HERE}`]);
  return {
    caFile: join(folder, 'ca.crt'),
    good: read('good'),
    expired: read('expired'),
    wrongHost: read('wrong-host'),
    selfSigned: read('self-signed'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
