import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { getAsset, isSea } from 'node:sea';
import { getHeapStatistics } from 'node:v8';
import { createSemaphore } from '../async/semaphore.js';
import type { Configuration } from '../config/load.js';
import { forwardsAuthorization } from '../model/credential-policy.js';
import { ZxpError } from '../model/errors.js';
import type { ScrapeLimits } from '../model/limits.js';
import { MAX_DOCUMENT_BYTES, MAX_LIMITS } from '../model/playground.js';
import type { FetchedDocument } from '../scrape/collector.js';
import { EXAMPLE, type PlaygroundFacts } from '../server/pages/playground-page.js';
import type { DocumentTarget, PlaygroundOptions } from '../server/routes/playground.js';
import { createPlaygroundPool, type PlaygroundPool } from '../workers/playground-pool.js';
import { findWorker } from '../workers/worker-url.js';
import type { PreparedScrape } from './scrape-plans.js';

/** Work of one evaluation at most, the start of its thread with it. */
const TIMEOUT_MS = 5000;
/** As long as one before it may take. */
const QUEUE_WAIT_MS = TIMEOUT_MS;
const MAX_THREADS = 2;
/** Of one thread; less where the process itself has little. */
const MAX_HEAP_BYTES = 192 * 1024 * 1024;

/** The threads of a playground: two where there are cores left for scrapes. None starts before somebody uses it. */
export function openPlaygroundPool(options: { readonly processes: number }): PlaygroundPool {
  const isAlone = options.processes === 1 && availableParallelism() > MAX_THREADS;
  const heapBytes = Math.min(MAX_HEAP_BYTES, getHeapStatistics().heap_size_limit / 4);
  return createPlaygroundPool({
    script: findWorker('playground'),
    maxThreads: isAlone ? MAX_THREADS : 1,
    heapBytes,
    timeoutMs: TIMEOUT_MS,
  });
}

/** What every playground does, whoever serves it. */
export function createPlayground(
  pool: PlaygroundPool,
  limits: () => Configuration['limits'],
): Pick<PlaygroundOptions, 'evaluate' | 'share' | 'infer' | 'concurrency' | 'schema' | 'script'> {
  return {
    evaluate: (input, signal) =>
      pool.run({ kind: 'evaluate', input, limits: restrict(limits()), nowMs: Date.now() }, signal),
    share: (input, signal) => pool.run({ kind: 'share', input }, signal),
    infer: (given, signal) => pool.run({ kind: 'infer', ...given, limits: restrict(limits()) }, signal),
    concurrency: createSemaphore({ max: 2 * MAX_THREADS, waitMs: QUEUE_WAIT_MS }),
    // Loaded with the settings table, when somebody wants it.
    schema: async () => {
      const { createConfigSchema } = await import('../config/schema/config-schema.js');
      return JSON.stringify(createConfigSchema());
    },
    script: () => readUiScript('playground'),
  };
}

function restrict(limits: ScrapeLimits): ScrapeLimits {
  const least = (name: keyof ScrapeLimits) => Math.min(limits[name], MAX_LIMITS[name]);
  return {
    bodyBytes: least('bodyBytes'),
    depth: least('depth'),
    nodes: least('nodes'),
    series: least('series'),
    labels: least('labels'),
    labelLength: least('labelLength'),
  };
}

/** What the playground of a daemon shows. */
export function describePlayground(source: {
  readonly version: string;
  readonly prefix: string;
  readonly moduleNames: readonly string[];
  readonly targets: readonly string[];
  readonly isConsumed: boolean;
  readonly offersLogin: boolean;
}): PlaygroundFacts {
  const { version, prefix, moduleNames, targets, isConsumed, offersLogin } = source;
  return {
    version,
    prefix,
    start: EXAMPLE,
    request: {
      modules: moduleNames,
      targets,
      credentials: isConsumed
        ? 'Requests as /probe makes them, of targets that need no credentials of the configuration.'
        : 'Requests as /probe makes them, with your credentials if you have signed in; never with those of the configuration.',
    },
    file: undefined,
    links: [['/', 'Status'], ...(offersLogin ? [['/?login', 'Sign in'] as const] : [])],
  };
}

/**
 * A target whose document its caller may see. Throws `refused` where more than the caller's own credentials opens it, and
 * where anybody at all would see the documents of any target: a scrape shows mapped numbers alone.
 */
export function toDocumentTarget(
  prepared: PreparedScrape,
  { isOperator = false, isAuthenticated = false } = {},
): DocumentTarget {
  if (prepared.isUnrestricted && !isAuthenticated && !isOperator) {
    const hint = `set allow of the module, name the target under targets, or authenticate clients with --web.config.file`;
    const message = `documents are not shown: zxp authenticates no clients, and the module ${prepared.module} has no allow`;
    throw new ZxpError('refused', message, { hint });
  }
  if (prepared.isOperatorsView() && !isOperator) {
    const hint = 'paste the document, or look at it where the configuration is: zxp playground FILE';
    const message = `the module ${prepared.module} opens this target with more than your credentials`;
    throw new ZxpError('refused', message, { hint });
  }
  return {
    name: prepared.target,
    module: prepared.module,
    forwardHeaders: prepared.forwardHeaders,
    forwardsAuthorization: (isConsumed) => forwardsAuthorization(prepared.forwarding, isConsumed),
    read: ({ headers, ...request }) => prepared.collector.withHeaders(headers).read(request, readJson),
  };
}

/** What to throw where the field of the page is empty, and no upstream is configured. */
export function noPlaygroundTarget(): ZxpError {
  const hint = 'fill in Target: a name or a URL';
  return new ZxpError('request', 'no target is given, and no upstream is configured', { hint });
}

/** The text of a document; only JSON is shown, so that nothing else can be read through zxp. */
function readJson({ body }: FetchedDocument): string {
  if (body.length > MAX_DOCUMENT_BYTES) {
    const hint = 'zxp scrape --debug takes larger ones';
    throw new ZxpError('too_large', `the document is larger than ${MAX_DOCUMENT_BYTES} bytes`, { hint });
  }
  const text = new TextDecoder().decode(body);
  if (isJson(text) || text.split('\n').every((line) => line.trim() === '' || isJson(line))) return text;
  throw new ZxpError('decode', 'the response is not JSON, and is not shown');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The script of a page that `src/ui/NAME.ts` was bundled into: in a single executable an asset of it, else a file in the
 * folder of this code once that is built, and in dist/ where it runs from its sources.
 */
async function readUiScript(name: string): Promise<Uint8Array> {
  const file = `${name}-ui.js`;
  if (isSea()) return new Uint8Array(getAsset(file));
  return readFile(new URL(`./${file}`, import.meta.url)).catch(() =>
    readFile(new URL(`../../dist/${file}`, import.meta.url)),
  );
}
