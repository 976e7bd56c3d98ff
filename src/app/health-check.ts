import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { ZxpError } from '../model/errors.js';

export interface HealthTarget {
  readonly url: URL;
  readonly timeoutMs: number;
  /** Whether an https certificate must be right. Nothing secret is sent either way. */
  readonly verifiesCertificate: boolean;
}

/** Asks a zxp whether it is well. Throws `status`, `timeout`, `connect` or `tls` where the answer is not 200. */
export async function checkHealth(question: HealthTarget): Promise<void> {
  const { href } = question.url;
  const status = await askStatus(question).catch((thrown) => {
    throw explain(thrown, question);
  });
  if (status !== 200) throw new ZxpError('status', `${href} answered ${status}`);
}

function askStatus({ url, timeoutMs, verifiesCertificate }: HealthTarget): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { signal, agent: false, rejectUnauthorized: verifiesCertificate })
        : requestHttp(url, { signal, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      // The status is the whole answer.
      request.destroy();
    });
    request.end();
  });
}

function explain(thrown: unknown, { url: { href }, timeoutMs }: HealthTarget): ZxpError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'ABORT_ERR') return new ZxpError('timeout', `${href} did not answer within ${timeoutMs} ms`);
  if (code === 'ECONNREFUSED') {
    const hint = 'is zxp running, and does it listen there?';
    return new ZxpError('connect', `${href} refused the connection`, { cause: thrown, hint });
  }
  const isTls = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code);
  const [message] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  return new ZxpError(isTls ? 'tls' : 'connect', `${href} cannot be asked: ${message}`, { cause: thrown });
}
