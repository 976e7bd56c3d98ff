import type { AnswerBody, ProxyScrapeAnswer, ProxyScrapeOutcome } from '../../model/proxy.js';
import { checkGzip } from './gzip-check.js';
import type { AgentReply, ScrapeFailure } from './scrape-broker.js';

export interface AnswerOptions {
  /** Of the plain body. */
  readonly maxBodyBytes: number;
  /** Whether the scraper takes a gzip as it is. */
  readonly acceptsGzip: boolean;
  /** What the scraper's credentials are; no reason that has them in it is passed on. */
  readonly authorization: string;
}

type SuccessfulHead = Omit<ProxyScrapeAnswer, 'body'>;

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
  if (statusCode === 404) return explain('upstream_error', '404 Not Found', 404);
  const contentType = chooseContentType(head.contentType);
  const reason = readReason(head.failureReason, options.authorization);
  if (statusCode > 299) {
    const outcome = outcomeOfStatus(statusCode);
    if (reason !== undefined && statusCode >= 400) return explain(outcome, reason, statusCode);
    const said = `the target responded with status ${statusCode}`;
    return { outcome, status: statusCode, contentType, body: EMPTY, reason: said };
  }
  // A module's failure is a response, whose agent says why.
  const result: SuccessfulHead =
    reason === undefined
      ? { outcome: 'success', status: statusCode, contentType }
      : { outcome: 'down', status: statusCode, contentType, reason };
  // What the flag and the content disagree about is nothing, as in the original.
  if (content === undefined || head.zipped !== (content.form === 'gzip')) return { ...result, body: EMPTY };
  if (content.form === 'text') return { ...result, body: toPlain([content.bytes]) };
  return readGzip(content.bytes, result, options);
}

async function readGzip(
  gzip: Uint8Array,
  success: SuccessfulHead,
  { maxBodyBytes, acceptsGzip }: Omit<AnswerOptions, 'authorization'>,
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

const MAX_REASON_LENGTH = 300;

/** An agent's reason as one line; undefined where it gave none. The original puts credentials into some. */
function readReason(text: string, authorization: string): string | undefined {
  const reason = text
    .slice(0, MAX_REASON_LENGTH)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  if (reason === '') return undefined;
  const secrets = [authorization, authorization.slice(authorization.indexOf(' ') + 1)].map((each) => each.trim());
  const isSecret = secrets.some((secret) => secret !== '' && text.includes(secret));
  return isSecret ? 'the agent gave a reason that has credentials in it' : reason;
}

const statusOfOutcome = {
  success: 200,
  down: 200,
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
  return { outcome, status, contentType: PLAIN_TEXT, body: toPlain([body]), reason };
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
