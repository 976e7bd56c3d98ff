import { noHttpClient } from '../../src/config/modules/http-client.js';
import { noTls } from '../../src/config/modules/tls.js';
import { joinBytes } from '../../src/model/bytes.js';
import type { HttpClientSpec, TlsSpec } from '../../src/model/module.js';
import type { UpstreamRequest, UpstreamResponse } from '../../src/model/ports.js';
import { Secret } from '../../src/model/secret.js';
import { createUpstream, type UpstreamOptions } from '../../src/upstream/client.js';
import { forThisTest } from '../support/for-this-test.js';

export const inline = (text: string) => ({ inline: new Secret(text) });
export const withTls = (tls: Partial<TlsSpec>): TlsSpec => ({ ...noTls, ...tls });

export interface TestClient {
  /** Asks with the defaults of a scrape; what is given replaces them. */
  ask(url: string, request?: Partial<UpstreamRequest>): Promise<UpstreamResponse>;
  /** The document, as text. */
  text(url: string, request?: Partial<UpstreamRequest>): Promise<string>;
  close(): Promise<void>;
}

/** A client with an http_client_config, closed with the test. */
export function openClient(spec: Partial<HttpClientSpec> = {}, options: Partial<UpstreamOptions> = {}): TestClient {
  const { fetch, close } = createUpstream({
    maxConnections: 4,
    connectTimeoutMs: 20_000,
    userAgent: 'zxp/0.0.0-test',
    systemCa: [],
    clock: () => new Date(),
    httpClient: { ...noHttpClient, ...spec },
    ...options,
  });
  const ask: TestClient['ask'] = (url, request = {}) =>
    fetch({ url: new URL(url), headers: [], signal: AbortSignal.timeout(25_000), maxBodyBytes: 100_000, ...request });
  return forThisTest({
    ask,
    text: async (url, request) => Buffer.from(joinBytes((await ask(url, request)).body)).toString('utf8'),
    close,
  });
}

/** What a promise rejects with: message, hint and every cause, as whoever logs everything would print it. */
export async function readFailure(
  promise: Promise<unknown>,
): Promise<{ readonly code: unknown; readonly text: string }> {
  const thrown: unknown = await promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (reason: unknown) => reason,
  );
  return { code: thrown instanceof Error && 'code' in thrown ? thrown.code : undefined, text: describe(thrown) };
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const hint = 'hint' in thrown ? String(thrown.hint) : '';
  const cause = thrown.cause === undefined ? '' : describe(thrown.cause);
  return [thrown.message, hint, cause].filter((part) => part !== '').join('\n');
}
