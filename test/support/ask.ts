import { type Agent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The lines that are samples. */
  readonly samples: readonly string[];
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of https: `ca`, `cert`, `key`, `minVersion` and the like. */
  readonly tls?: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'minVersion' | 'maxVersion' | 'ciphers' | 'ecdhCurve' | 'session'
  >;
  /** Keeps connections; without one each question has its own. */
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
}

/** One request. Rejects where no answer comes. */
export function ask(url: string, { tls, agent, body, ...question }: Question = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const asked = send(url, { ...question, ...tls, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, samples });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

/** The header of a user and a password. */
export function basic(user: string, password: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** The header of a token. */
export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}
