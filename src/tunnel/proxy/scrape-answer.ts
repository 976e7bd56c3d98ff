import type { AnswerBody, ProxyScrapeAnswer, ProxyScrapeOutcome } from '../../model/proxy.js';
import { checkGzip } from './gzip-check.js';
import type { AgentReply, ScrapeFailure } from './scrape-broker.js';

export interface AnswerOptions {
  /** Of the plain body. */
  readonly maxBodyBytes: number;
  /** Whether the scraper takes a gzip as it is. */
  readonly acceptsGzip: boolean;
}

const PLAIN_TEXT = 'text/plain; charset=UTF-8';
const EXPOSITION_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** Makes the answer to one agent's reply. Never rejects. */
export async function toAnswer(reply: AgentReply, options: AnswerOptions): Promise<ProxyScrapeAnswer> {
  if ('failure' in reply) return describeFailure(reply.failure);
  const { head, content } = reply;
  const { statusCode } = head;
  if (statusCode < 200 || statusCode > 599) {
    return explain('invalid_status', `the agent answered with the status ${statusCode}, which is none of HTTP`);
  }
  if (statusCode === 404) return { ...explain('upstream_error', '404 Not Found', 404) };
  const contentType = chooseContentType(head.contentType);
  if (statusCode > 299) {
    return { outcome: outcomeOfStatus(statusCode), status: statusCode, contentType, body: EMPTY };
  }
  const success = { outcome: 'success', status: statusCode, contentType } as const;
  // What the flag and the content disagree about is nothing, as in the original.
  if (content === undefined || head.zipped !== (content.form === 'gzip')) return { ...success, body: EMPTY };
  if (content.form === 'text') return { ...success, body: toPlain([content.bytes]) };
  return readGzip(content.bytes, success, options);
}

async function readGzip(
  gzip: Uint8Array,
  success: Pick<ProxyScrapeAnswer, 'outcome' | 'status' | 'contentType'>,
  { maxBodyBytes, acceptsGzip }: AnswerOptions,
): Promise<ProxyScrapeAnswer> {
  const check = await checkGzip(gzip, { maxBytes: maxBodyBytes, wantsPlain: !acceptsGzip });
  if ('fault' in check) {
    return check.fault === 'too_large'
      ? explain('payload_too_large', `the body is larger than ${maxBodyBytes} bytes`)
      : explain('invalid_gzip', 'the agent sent a gzip that is broken');
  }
  if (acceptsGzip && check.isExact) return { ...success, body: { form: 'gzip', gzip } };
  if (!acceptsGzip || check.plainBytes === 0) return { ...success, body: toPlain(check.plain) };
  return readGzip(gzip, success, { maxBodyBytes, acceptsGzip: false });
}

function toPlain(chunks: readonly Uint8Array[]): AnswerBody {
  return { form: 'plain', chunks, bytes: chunks.reduce((sum, { length }) => sum + length, 0) };
}

const EMPTY = toPlain([]);

const statusOfOutcome = {
  success: 200,
  path_not_found: 404,
  upstream_error: 502,
  upstream_timed_out: 504,
  content_too_large: 413,
  timed_out: 503,
  agent_disconnected: 502,
  proxy_stopped: 503,
  payload_too_large: 413,
  invalid_gzip: 502,
  invalid_chunks: 502,
  invalid_response: 502,
  invalid_status: 502,
  credentials_refused: 502,
  invalid_request: 400,
  busy: 503,
  cancelled: 503,
} as const satisfies Record<ProxyScrapeOutcome, number>;

/** An answer of the proxy's own, with a line that says why. */
export function explain(
  outcome: ProxyScrapeOutcome,
  reason: string,
  status: number = statusOfOutcome[outcome],
): ProxyScrapeAnswer {
  const body = Buffer.from(status === 404 ? reason : `error: ${reason}\n`);
  return { outcome, status, contentType: PLAIN_TEXT, body: toPlain([body]) };
}

/** No path of this name, in the words that the original has for it. */
export const pathNotFound: ProxyScrapeAnswer = explain('path_not_found', '404 Not Found');

function describeFailure(failure: ScrapeFailure): ProxyScrapeAnswer {
  const reasons = {
    agent_disconnected: 'the agent went away before it had answered',
    proxy_stopped: 'the proxy is stopping',
    invalid_response: 'the agent answered in the name of another one',
    invalid_chunks: "the agent's response arrived broken: number, size or checksum of a chunk is wrong",
    payload_too_large: 'the compressed response of the agent is larger than the limit',
    busy: 'too many large responses are under way',
  } as const satisfies Record<ScrapeFailure, string>;
  return explain(failure, reasons[failure]);
}

function outcomeOfStatus(status: number): ProxyScrapeOutcome {
  if (status === 408 || status === 504) return 'upstream_timed_out';
  return status === 413 ? 'content_too_large' : 'upstream_error';
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[^"\\\\\\x00-\\x1f\\x7f-\\uffff]*"))*[ \\t]*;?$`,
);
const MAX_CONTENT_TYPE_LENGTH = 256;

/**
 * The target's content type as it is, except that text without a charset is declared as UTF-8, as in the original. What
 * is no media type, or is a range of them, becomes the text format, which Prometheus would otherwise refuse to read.
 */
export function chooseContentType(contentType: string): string {
  const isUsable =
    contentType.length <= MAX_CONTENT_TYPE_LENGTH && MEDIA_TYPE.test(contentType) && !contentType.includes('/*');
  if (!isUsable || contentType.startsWith('*')) return EXPOSITION_TEXT;
  const isBareText = /^text\//i.test(contentType) && !/;[ \t]*charset=/i.test(contentType);
  return isBareText ? `${contentType.replace(/[ \t]*;?$/, '')}; charset=UTF-8` : contentType;
}
