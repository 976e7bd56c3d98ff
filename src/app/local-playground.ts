import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { explainFileError } from '../config/file-error.js';
import type { Configuration } from '../config/load.js';
import { targetUrl } from '../config/modules/target-url.js';
import { readRegularFile } from '../files/read-file.js';
import { digestOf, replaceFile } from '../files/replace-file.js';
import { type Problem, toZxpError, ZxpError } from '../model/errors.js';
import { MAX_DOCUMENT_BYTES, MAX_MAPPING_BYTES } from '../model/playground.js';
import type { HeaderList } from '../model/ports.js';
import { bindAddress } from '../server/bind.js';
import { createListener } from '../server/listener.js';
import { EXAMPLE, type PlaygroundFacts } from '../server/pages/playground-page.js';
import { createPlaygroundApp } from '../server/playground-app.js';
import type { DocumentTarget, PlaygroundOptions } from '../server/routes/playground.js';
import { createPlayground, noPlaygroundTarget, openPlaygroundPool, toDocumentTarget } from './playground.js';
import { createRuntime, type Runtime } from './runtime.js';
import type { PreparedScrape } from './scrape-plans.js';

export interface LocalPlaygroundOptions {
  /** The file with the mapping; none for the example. */
  readonly file: string | undefined;
  /** A file with the document. */
  readonly input: string | undefined;
  /** Whether the file may be saved. */
  readonly isWritable: boolean;
  /** 0 for any. */
  readonly port: number;
  /** Reads the configuration, with the file in it, for each request of a target. */
  readonly load: () => Promise<Configuration>;
  /** What requests send along. */
  readonly headers: HeaderList;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A playground on loopback. */
export interface LocalPlayground {
  /** With the token in it. */
  readonly url: string;
  close(): Promise<void>;
}

const TOKEN_BYTES = 24;
const MAX_CONNECTIONS = 32;

/** Serves a playground for files of this machine to whoever has its URL. Throws `usage` or `listen`. */
export async function startLocalPlayground(options: LocalPlaygroundOptions): Promise<LocalPlayground> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  // Wrong names are told now, and not to a browser.
  await readStart(options);
  const pool = openPlaygroundPool({ processes: 1 });
  const common = createPlayground(pool, () => DEFAULT_LIMITS);
  let hosts: readonly string[] = [];
  const app = createPlaygroundApp({
    token,
    hosts: () => hosts,
    playground: {
      ...common,
      facts: () => describe(options, token),
      request: {
        concurrency: common.concurrency,
        nextId: () => token,
        findTarget: (query) => findTarget(query, options),
      },
      save: options.isWritable && options.file !== undefined ? createSave(options.file, common.evaluate) : undefined,
    },
  });
  const listener = createListener(app, {
    maxConnections: MAX_CONNECTIONS,
    readTimeoutMs: 30_000,
    writeTimeoutMs: 30_000,
    onRejected: () => undefined,
    unixClients: new WeakSet(),
  });
  const bound = await bindAddress({ host: '127.0.0.1', port: options.port }, (socket) =>
    listener.accept(socket, { isUnix: false }),
  ).catch(explainPort);
  const port = bound.address.replace(/^.*:/, '');
  hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    url: `http://127.0.0.1:${port}/${token}/playground`,
    close: async () => {
      await bound.close();
      await Promise.all([listener.drain(0), pool.close()]);
    },
  };
}

/** Here it is another flag that has the port. */
function explainPort(thrown: unknown): never {
  const { code, message, cause } = toZxpError(thrown);
  const hint = 'choose another with --port, or leave it out for any';
  throw new ZxpError(code, message, { cause, hint });
}

const DEFAULT_LIMITS = {
  bodyBytes: Number.MAX_SAFE_INTEGER,
  depth: Number.MAX_SAFE_INTEGER,
  nodes: Number.MAX_SAFE_INTEGER,
  series: Number.MAX_SAFE_INTEGER,
  labels: Number.MAX_SAFE_INTEGER,
  labelLength: Number.MAX_SAFE_INTEGER,
};

async function describe(options: LocalPlaygroundOptions, token: string): Promise<PlaygroundFacts> {
  const { file, version, isWritable } = options;
  const start = await readStart(options);
  const { mapping } = start;
  const configuration = await options.load().catch(() => undefined);
  return {
    version,
    prefix: `/${token}`,
    start,
    request: {
      modules: [...(configuration?.modules.keys() ?? [])],
      targets: configuration?.targets.map(({ name }) => name) ?? [],
      credentials:
        file === undefined
          ? 'Requests with the credentials of the command line, and no others.'
          : `Requests as ${basename(file)} on disk says, with its credentials, or those of the command line.`,
    },
    file: file === undefined ? undefined : { name: basename(file), digest: digestOf(mapping), isWritable },
    links: [],
  };
}

/** What the editors begin with. Throws `usage` where a file cannot be read. */
async function readStart({ file, input }: LocalPlaygroundOptions): Promise<PlaygroundFacts['start']> {
  const mapping = file === undefined ? undefined : await readText(file, MAX_MAPPING_BYTES);
  const document = input === undefined ? undefined : await readText(input, MAX_DOCUMENT_BYTES);
  return {
    mapping: mapping ?? (document === undefined ? EXAMPLE.mapping : ''),
    document: document ?? (mapping === undefined ? EXAMPLE.document : ''),
  };
}

async function readText(path: string, maxBytes: number): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readRegularFile(path, { maxBytes }));
  } catch (cause) {
    const why = cause instanceof TypeError ? 'not UTF-8 text' : explainFileError(cause);
    throw new ZxpError('usage', `${path}: cannot be read: ${why}`, { cause });
  }
}

/** A target of the file by its name, or any URL: whoever runs the command may request it anyway. */
async function findTarget(query: URLSearchParams, options: LocalPlaygroundOptions): Promise<DocumentTarget> {
  const { headers, load, version, environment } = options;
  const configuration = await load();
  const runtime = await createRuntime({ configuration, version, environment, isSourceGiven: true });
  try {
    const target = toDocumentTarget(plan(runtime, query), { isOperator: true });
    return {
      ...target,
      forwardHeaders: [],
      forwardsAuthorization: () => false,
      read: (request) => target.read({ ...request, headers }).finally(() => runtime.close()),
    };
  } catch (thrown) {
    await runtime.close();
    throw thrown;
  }
}

function plan(runtime: Runtime, query: URLSearchParams): PreparedScrape {
  const { configuration } = runtime;
  const name = query.get('target') ?? '';
  if (name === '') {
    if (configuration.upstream.url === undefined) throw noPlaygroundTarget();
    return runtime.planUpstream(query);
  }
  if (configuration.targets.some((target) => target.name === name)) return runtime.planProbe(query);
  const url = targetUrl.read(name);
  if (url === undefined)
    throw new ZxpError('request', `the target is not ${targetUrl.expected}, and no name`, {
      hint: 'credentials go into --user or --authorization-file, not into the URL',
    });
  const module = query.get('module') ?? '';
  const chosen = module === '' ? configuration.probeModule : module;
  if (!runtime.moduleNames.includes(chosen)) throw new ZxpError('request', 'there is no module of this name');
  return runtime.planModule(chosen, { url, query: new URLSearchParams() });
}

/** Saves a mapping that is valid, in place of the one that was read, and of no other. Browsers make CR LF a LF: it is put back. */
function createSave(file: string, evaluate: PlaygroundOptions['evaluate']): NonNullable<PlaygroundOptions['save']> {
  return async ({ text, digest }, signal) => {
    const input = { document: '{}', mapping: text, module: '', format: 'text' as const };
    const { problems } = await evaluate(input, signal);
    const errors = problems.flatMap(({ severity, line, column, path, message, hint }): readonly Problem[] =>
      severity === 'error'
        ? [{ where: `line ${line}, column ${column}${path === '' ? '' : `: ${path}`}`, message, hint }]
        : [],
    );
    if (errors.length > 0) throw new ZxpError('config', 'not saved: the mapping is not valid', { problems: errors });
    const saved = (await readText(file, MAX_MAPPING_BYTES)).includes('\r\n') ? text.replace(/\n/g, '\r\n') : text;
    const replaced = { text: saved, digest, maxBytes: MAX_MAPPING_BYTES };
    const isSaved = await replaceFile(file, replaced).catch((cause: unknown) => {
      throw new ZxpError('usage', `not saved: ${explainFileError(cause)}`, { cause });
    });
    if (isSaved) return digestOf(saved);
    const hint = 'copy what you need, then open the page again';
    throw new ZxpError('usage', 'not saved: the file has changed on disk since it was read', { hint });
  };
}
