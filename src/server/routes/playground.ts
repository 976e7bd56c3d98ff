import type { Request, RequestHandler, Response } from 'express';
import type { Semaphore } from '../../async/semaphore.js';
import type { CancellationSignal } from '../../model/cancellation.js';
import { failureReasons, toZxpError, ZxpError } from '../../model/errors.js';
import {
  type Evaluation,
  MAX_DOCUMENT_BYTES,
  MAX_MAPPING_BYTES,
  type PlaygroundInput,
  playgroundFormats,
  type ShareableInput,
} from '../../model/playground.js';
import type { ScrapeRequest } from '../../model/scrape.js';
import { isAuthorizationConsumed } from '../auth-middleware.js';
import type { Routes } from '../base-app.js';
import { isFromOtherSite } from '../cross-site.js';
import { httpStatusOfCode } from '../http-status.js';
import { sendPage } from '../pages/page.js';
import {
  PLAYGROUND_SCRIPT_PATH,
  PLAYGROUND_STYLE_PATH,
  type PlaygroundFacts,
  renderPlaygroundPage,
  renderResultsDocument,
} from '../pages/playground-page.js';
import { PLAYGROUND_STYLE } from '../pages/playground-style.js';
import { readBody } from '../read-body.js';
import { sendError } from '../reply.js';
import { readForwardedHeaders, readQuery } from '../request-headers.js';
import { noteLogFields, noteQuery } from '../request-log.js';
import { watchCaller } from '../watch-caller.js';
import type { MetricsRouteOptions, ScrapeTarget } from './metrics.js';

/** A target whose document is shown to the one who requests it. */
export interface DocumentTarget extends Omit<ScrapeTarget, 'scrape'> {
  /** Rejects with a ZxpError. */
  readonly read: (request: ScrapeRequest) => Promise<string>;
}

export interface PlaygroundOptions {
  readonly facts: () => Promise<PlaygroundFacts>;
  /** Reject with a ZxpError: `limit`, `cancelled`. */
  readonly evaluate: (input: PlaygroundInput, signal: CancellationSignal) => Promise<Evaluation>;
  readonly share: (input: PlaygroundInput, signal: CancellationSignal) => Promise<ShareableInput>;
  /** Proposes a mapping. Rejects with `request`, `decode` or `limit` too. */
  readonly infer: (
    given: { readonly document: string; readonly name: string },
    signal: CancellationSignal,
  ) => Promise<string>;
  /** Pieces of work at once; a body is read only once there is a place. */
  readonly concurrency: Semaphore;
  /** What requests a target for its document. Undefined where nothing may be requested. */
  readonly request:
    | (Pick<MetricsRouteOptions, 'concurrency' | 'nextId'> & {
        readonly findTarget: (query: URLSearchParams) => DocumentTarget | Promise<DocumentTarget>;
      })
    | undefined;
  /** Saves the mapping; undefined where there is no file to save. Gives the digest of what is on disk then. */
  readonly save: ((saved: SavedText, signal: CancellationSignal) => Promise<string>) | undefined;
  /** The JSON Schema of a config file, as JSON. */
  readonly schema: () => Promise<string>;
  readonly script: () => Promise<Uint8Array>;
}

/** A text for the file, and the digest of the one that it replaces. */
export interface SavedText {
  readonly text: string;
  readonly digest: string;
}

/** Escapes in JSON and in forms make a text three times as long. */
const MAX_BODY_BYTES = 3 * (MAX_DOCUMENT_BYTES + MAX_MAPPING_BYTES);
const BODY_TIMEOUT_MS = 10_000;

/** What the playground serves to GET. */
export function listPlaygroundPages(options: PlaygroundOptions): Routes {
  return {
    '/playground': async (_request, response) =>
      sendPage(response, renderPlaygroundPage(await options.facts()), { hasScript: true }),
    [PLAYGROUND_STYLE_PATH]: (_request, response) => {
      response.setHeader('content-type', 'text/css; charset=utf-8');
      response.end(PLAYGROUND_STYLE);
    },
    [PLAYGROUND_SCRIPT_PATH]: async (_request, response) => {
      const script = await options.script();
      response.setHeader('content-type', 'text/javascript; charset=utf-8');
      response.end(script);
    },
    '/playground/schema.json': async (_request, response) => {
      const schema = await options.schema();
      response.setHeader('content-type', 'application/schema+json; charset=utf-8');
      response.end(schema);
    },
  };
}

/** What it serves to POST. */
export function listPlaygroundActions(options: PlaygroundOptions): Routes {
  const { request, save } = options;
  return {
    '/playground/evaluate': work(options, async ({ input, signal, request: { headers }, response }) => {
      const evaluation = await options.evaluate(input, signal);
      const isFragment = headers['x-zxp-results'] !== undefined;
      const page = isFragment
        ? renderResultsDocument(evaluation)
        : renderPlaygroundPage(await options.facts(), { input, evaluation });
      sendPage(response, page, { hasScript: true });
    }),
    '/playground/share': work(options, async ({ input, signal, response }) =>
      sendJson(response, await options.share(input, signal)),
    ),
    '/playground/infer': work(options, async ({ input: { document }, fields, signal, response }) =>
      sendJson(response, { mapping: await options.infer({ document, name: fields('name') }, signal) }),
    ),
    ...(request === undefined ? {} : { '/playground/request': requestRoute(request) }),
    ...(save === undefined
      ? {}
      : {
          '/playground/save': work(options, async ({ input, fields, signal, response }) =>
            sendJson(response, { digest: await save({ text: input.mapping, digest: fields('digest') }, signal) }),
          ),
        }),
  };
}

interface Work {
  readonly input: PlaygroundInput;
  /** Further fields of the request; empty where there is none of the name. */
  readonly fields: (name: string) => string;
  readonly signal: CancellationSignal;
  readonly request: Request;
  readonly response: Response;
}

/** One piece of work, once there is a place for it. */
function work({ concurrency }: PlaygroundOptions, run: (work: Work) => Promise<void>): RequestHandler {
  return async (request, response) => {
    const signal = watchCaller(response);
    try {
      const leave = await concurrency.enter(signal).catch(explainBusy);
      try {
        const limits = { maxBytes: MAX_BODY_BYTES, timeoutMs: BODY_TIMEOUT_MS, caller: signal };
        const fields = readFields(request, (await readBody(request, limits)).toString('utf8'));
        await run({ input: toInput(fields), fields, signal, request, response });
      } finally {
        leave();
      }
    } catch (thrown) {
      const { code, message } = toZxpError(thrown);
      noteLogFields(response, { cause: message });
      sendError(response, thrown, STATUS.get(code));
    }
  };
}

/** Here it is the request itself that is too large or too slow. */
const STATUS: ReadonlyMap<string, number> = new Map([
  ['too_large', 413],
  ['timeout', 408],
  ['limit', 422],
  ['decode', 422],
  ['usage', 409],
  ['config', 422],
]);

function explainBusy(thrown: unknown): never {
  const error = toZxpError(thrown);
  if (error.code !== 'busy') throw error;
  throw new ZxpError('busy', 'the playground is busy', { hint: 'try again' });
}

/** The fields of a form, or of a JSON object. Throws `request` for anything else. */
function readFields({ headers }: Request, body: string): (name: string) => string {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') {
    const form = new URLSearchParams(body);
    // A form sends the ends of lines as CR LF.
    return (name) => (form.get(name) ?? '').replace(/\r\n?/g, '\n');
  }
  if (type !== 'application/json') throw invalid('send a form or JSON');
  const fields = parseObject(body);
  return (name) => {
    const value = fields.get(name) ?? '';
    if (typeof value !== 'string') throw invalid(`${name} must be text`);
    return value;
  };
}

function parseObject(text: string): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('the request is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('the request is not an object');
  return new Map(Object.entries(value));
}

function toInput(fields: (name: string) => string): PlaygroundInput {
  const [document, mapping] = [fields('document'), fields('mapping')];
  checkSize('document', document, MAX_DOCUMENT_BYTES);
  checkSize('mapping', mapping, MAX_MAPPING_BYTES);
  const format = playgroundFormats.find((each) => each === fields('format')) ?? 'text';
  return { document, mapping, module: fields('module').slice(0, 1000), format };
}

function checkSize(name: string, text: string, maxBytes: number): void {
  if (Buffer.byteLength(text) <= maxBytes) return;
  const hint = 'zxp scrape FILE takes larger ones';
  throw new ZxpError('too_large', `the ${name} is larger than ${maxBytes} bytes`, { hint });
}

function invalid(message: string): ZxpError {
  return new ZxpError('request', message);
}

/** Requests a target as `/probe` does, and gives its document. */
function requestRoute({ findTarget, concurrency, nextId }: NonNullable<PlaygroundOptions['request']>): RequestHandler {
  return async (request, response) => {
    const caller = watchCaller(response);
    try {
      const query = readQuery(request);
      noteQuery(response, query);
      const target = await findTarget(query);
      noteLogFields(response, { target: target.name, module: target.module });
      const forwardsAuthorization = target.forwardsAuthorization(isAuthorizationConsumed(response));
      const headers = isFromOtherSite(request) ? [] : readForwardedHeaders(request.rawHeaders, target.forwardHeaders);
      const leave = await concurrency.enter(caller);
      try {
        const document = await target.read({
          id: nextId(),
          headers: forwardsAuthorization ? headers : headers.filter(([name]) => name !== 'authorization'),
          signal: caller,
        });
        sendJson(response, { document });
      } finally {
        leave();
      }
    } catch (thrown) {
      const { code, message } = toZxpError(thrown);
      noteLogFields(response, { cause: message });
      // A 401 or 403 of the target is not one of zxp's.
      const isOfTarget = failureReasons.some((reason) => reason === code);
      sendError(response, thrown, isOfTarget ? Math.max(502, httpStatusOfCode[code]) : undefined);
    }
  };
}

function sendJson(response: Response, value: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(value));
}
