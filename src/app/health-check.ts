import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { ZxpError } from '../model/errors.js';

/** Where a zxp serves its health. */
export interface HealthTarget {
  readonly url: URL;
  /** The unix socket on which it listens; undefined for TCP. */
  readonly socketPath?: string | undefined;
  readonly timeoutMs: number;
  /** Whether an https certificate must be valid. Nothing secret is sent either way. */
  readonly verifiesCertificate: boolean;
}

/** Checks the health of a zxp. Throws `status`, `timeout`, `connect` or `tls` where the response is not 200. */
export async function checkHealth(target: HealthTarget): Promise<void> {
  const status = await requestStatus(target).catch((thrown) => {
    throw explain(thrown, target);
  });
  if (status !== 200) throw new ZxpError('status', `${nameHealthTarget(target)} responded with ${status}`);
}

/** For messages: the URL, or the socket with the path. */
export function nameHealthTarget({ url, socketPath }: HealthTarget): string {
  return socketPath === undefined ? url.href : `unix:${socketPath}:${url.pathname}`;
}

function requestStatus({ url, socketPath, timeoutMs, verifiesCertificate }: HealthTarget): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { signal, agent: false, ...(socketPath === undefined ? {} : { socketPath }) };
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: verifiesCertificate })
        : requestHttp(url, options);
    request.once('error', reject);
    request.once('response', (response) => {
      resolve(response.statusCode ?? 0);
      // Nothing else is needed.
      request.destroy();
    });
    request.end();
  });
}

function explain(thrown: unknown, target: HealthTarget): ZxpError {
  const name = nameHealthTarget(target);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'ABORT_ERR') return new ZxpError('timeout', `${name} did not respond within ${target.timeoutMs} ms`);
  if (code === 'ECONNREFUSED' || code === 'ENOENT') {
    const hint = 'is zxp running, and does it listen there?';
    return new ZxpError('connect', `${name} refused the connection`, { cause: thrown, hint });
  }
  const isTls = /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code);
  const [message] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  return new ZxpError(isTls ? 'tls' : 'connect', `request to ${name} failed: ${message}`, { cause: thrown });
}
