import { createSecureContext } from 'node:tls';
import { nameSecret, readSecret } from '../../files/secret-file.js';
import { type Problem, toZxpError, ZxpError } from '../../model/errors.js';
import type { SecretSource } from '../../model/module.js';
import type { AgentTlsSpec } from '../../model/tunnel.js';

/** PEM texts of a connection to a proxy. */
export interface AgentTlsTexts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** The token as its file has it now. Throws `unauthorized` for one that cannot be read or sent. */
export async function readToken(source: SecretSource): Promise<string> {
  const token = (await readSecret(source, 'unauthorized')).trim();
  if (/^[\x20-\x7e]+$/.test(token)) return token;
  throw new ZxpError('unauthorized', `${nameSecret(source, 'the token')} is not printable ASCII`);
}

/** Certificates and key as their files have them now. Throws `tls` for what cannot be used. */
export async function readAgentTls(tls: AgentTlsSpec): Promise<AgentTlsTexts> {
  const read = async (source: SecretSource | undefined) =>
    source === undefined ? undefined : readSecret(source, 'tls');
  const [ca, cert, key] = await Promise.all([read(tls.ca), read(tls.cert), read(tls.key)]);
  if (tls.ca !== undefined && ca?.includes('-----BEGIN CERTIFICATE-----') !== true) {
    throw new ZxpError('tls', `${nameSecret(tls.ca, 'the CA for proxies')} has no PEM certificate`);
  }
  try {
    if (cert === '' || key === '') throw new Error('the file is empty');
    createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (cause) {
    throw new ZxpError('tls', 'the CA, the client certificate or its key cannot be used', {
      cause,
      hint: 'they must be PEM, the key without a passphrase, and belong together',
    });
  }
  return { ca, cert, key };
}

/** What is wrong with the files of the token and of TLS, for a start and for `zxp check`. */
export async function findSecretProblems(spec: {
  readonly token: SecretSource | undefined;
  readonly tls: AgentTlsSpec | undefined;
}): Promise<readonly Problem[]> {
  const { token, tls } = spec;
  const found = await Promise.all([
    token === undefined ? undefined : findProblem('tunnel.token_file', readToken(token)),
    tls === undefined ? undefined : findProblem('tunnel.tls', readAgentTls(tls)),
  ]);
  return found.filter((problem) => problem !== undefined);
}

async function findProblem(where: string, reading: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await reading;
    return undefined;
  } catch (thrown) {
    const { message, hint } = toZxpError(thrown);
    return { where, message, hint };
  }
}
