import { joinAndFree } from '../../async/free-memory.js';
import type { ZxpError } from '../../model/errors.js';
import type { HeaderList, UpstreamClient, UpstreamResponse } from '../../model/ports.js';
import { isSuccess } from '../../model/status-code.js';
import type { AgentPathSpec } from '../../model/tunnel.js';
import { toBasic } from '../../net/basic.js';
import { startDeadline } from '../../scrape/deadline.js';
import type { MetricFilter } from '../../tunnel/agent/metric-filter.js';
import { failure } from '../../tunnel/agent/scrape-handler.js';
import { appendQuery, type FetchTarget, type TargetRequest } from '../../tunnel/agent/target.js';
import { toTargetFailure } from './target-failure.js';

export interface ExporterTargetOptions {
  readonly spec: AgentPathSpec;
  readonly client: UpstreamClient;
  readonly filter: MetricFilter | undefined;
  readonly timeoutMs: number;
  /** Of the body, decompressed. */
  readonly maxBodyBytes: number;
  /** Gets errors of zxp's own, which scrapers must not see. */
  readonly onInternal: (error: ZxpError) => void;
}

/** Requests an exporter and passes its response on as it is, but for families that are filtered. Never rejects. */
export function createExporterTarget(options: ExporterTargetOptions): FetchTarget {
  const { spec, client, filter, timeoutMs, maxBodyBytes, onInternal } = options;
  return async (request) => {
    const deadline = startDeadline(timeoutMs, request.signal);
    let release: (() => void) | undefined;
    try {
      const url = appendQuery(spec.url, request.query);
      const headers = listHeaders(spec, request, filter);
      // What is filtered has to be read.
      const keepsGzip = filter === undefined;
      const response = await client({ url, headers, signal: deadline.signal, maxBodyBytes, keepsGzip });
      release = response.release;
      const { statusCode } = response;
      if (!isSuccess(statusCode)) return failure(statusCode, 'status');
      const contentType = findHeader(response, 'content-type');
      const whole = joinAndFree(response.body);
      const body = Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength);
      return {
        statusCode,
        contentType,
        body: filter?.apply(body, contentType) ?? body,
        coding: keepsGzip && body.length > 0 && isGzip(response) ? 'gzip' : 'identity',
        outcome: 'success',
        release,
      };
    } catch (thrown) {
      release?.();
      return toTargetFailure(thrown, onInternal);
    } finally {
      deadline.clear();
    }
  };
}

/** The caller's credentials, unless the path has its own; those of the URL where the caller has none. */
function listHeaders(
  { userinfo, httpClient }: AgentPathSpec,
  { accept, authorization }: TargetRequest,
  filter: MetricFilter | undefined,
): HeaderList {
  const accepted = filter === undefined ? accept : filter.narrowAccept(accept);
  const shown = authorization.trim() === '' ? describeUser(userinfo) : authorization;
  const isOfCaller = httpClient?.credential === undefined;
  return [
    ['accept', accepted === '' ? '*/*' : accepted],
    // The tunnel carries a gzip as it is.
    ...(filter === undefined ? [['accept-encoding', 'gzip'] as const] : []),
    ...(isOfCaller && shown !== undefined ? [['authorization', shown] as const] : []),
  ];
}

function describeUser(userinfo: AgentPathSpec['userinfo']): string | undefined {
  return userinfo === undefined ? undefined : toBasic(userinfo.username, userinfo.password.reveal());
}

function isGzip(response: UpstreamResponse): boolean {
  return findHeader(response, 'content-encoding').trim().toLowerCase() === 'gzip';
}

function findHeader({ headers }: UpstreamResponse, name: string): string {
  return headers?.().find(([each]) => each.toLowerCase() === name)?.[1] ?? '';
}
