import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/free-port.js';
import { repository } from './pages.js';
import { type ExampleUpstream, startExampleUpstream } from './upstreams.js';

/** Runs the examples of one page as its reader would: in one folder, one after the other. */
export interface ExampleSession {
  /** Puts a file into the folder. */
  write(name: string, text: string): Promise<void>;
  /** Runs a command and gives what it printed: as it is, and with the names of the docs in place of this run's ports. */
  run(command: string, upstream: string | undefined): Promise<Printed>;
  close(): Promise<void>;
}

export interface Printed {
  readonly raw: string;
  readonly named: string;
}

const ZXP = 'localhost:8081';
const REGISTRY = 'registry:8080';
/** Where health is answered apart from the rest. */
const HEALTH = 'localhost:8082';
/** What the daemon, or the playground, says when it serves. */
const SERVING = /(?:msg="server started".* listening="?https?|^zxp: playground: http):\/\/([^\s"/]+)/m;
const WITHIN_MS = 30_000;

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exitCode: () => number | undefined;
}

/** Opens a session with zxp before the registry. */
export async function openExampleSession(): Promise<ExampleSession> {
  const root = await mkdtemp(join(tmpdir(), 'zxp-docs-'));
  const folder = join(root, 'folder');
  await mkdir(folder);
  const environment = await createEnvironment(root);
  const upstreams = new Map<string | undefined, ExampleUpstream>();
  const addresses = new Map<string, string>([[HEALTH, `127.0.0.1:${await findFreePort()}`]]);
  let daemon: Running | undefined;
  let lastExitCode = 0;

  const findUpstream = async (word: string | undefined) => {
    const upstream = upstreams.get(word) ?? (await startExampleUpstream(word));
    upstreams.set(word, upstream);
    return upstream.address;
  };
  const run = async (command: string, word: string | undefined): Promise<Printed> => {
    addresses.set(REGISTRY, await findUpstream(word));
    const text = `(exit ${lastExitCode}); { ${replaceAll(command, addresses)}\n} 2>&1`;
    const running = start(text, folder, environment);
    await eventually(
      `an end, or a start, of ${command}`,
      () => hasEnded(running) || SERVING.test(running.output()),
      WITHIN_MS,
    ).catch(async (thrown) => {
      await stop(running);
      throw new Error(`${thrown.message}; so far it said:\n${running.output()}`);
    });
    const output = running.output();
    if (hasEnded(running)) {
      lastExitCode = running.exitCode() ?? 0;
      return toPrinted(output, addresses);
    }
    if (daemon !== undefined) await stop(daemon);
    daemon = running;
    addresses.set(ZXP, SERVING.exec(output)?.[1] ?? '');
    return toPrinted(output, addresses);
  };
  const session: ExampleSession = {
    write: async (name, text) => writeFile(join(folder, name), replaceAll(text, addresses)),
    run,
    close: async () => {
      if (daemon !== undefined) await stop(daemon);
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
      await rm(root, { recursive: true });
    },
  };
  try {
    await run(`zxp --upstream http://${REGISTRY}`, undefined);
    return session;
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}

/** A PATH that begins with `zxp` and an `npx` that runs it, any free port of the loopback, and nothing of the tester's. */
async function createEnvironment(root: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(root, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'zxp'), `#!/bin/sh\nexec "${process.execPath}" "${join(repository, 'bin/zxp')}" "$@"\n`);
  await writeFile(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n');
  for (const name of ['zxp', 'npx']) await chmod(join(bin, name), 0o755);
  return {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    HOME: root,
    LC_ALL: 'C.UTF-8',
    ZXP_WEB_LISTEN_ADDRESS: '127.0.0.1:0',
  };
}

function start(text: string, cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn('bash', ['-c', text], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let exitCode: number | undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.once('error', (error) => {
    output += error.message;
    exitCode = 127;
  });
  child.once('close', (code) => {
    exitCode = code ?? 1;
  });
  return { child, output: () => output, exitCode: () => exitCode };
}

function hasEnded(running: Running): boolean {
  return running.exitCode() !== undefined;
}

/** Ends the command and whatever it started. */
async function stop(running: Running): Promise<void> {
  const { pid } = running.child;
  if (pid !== undefined && !hasEnded(running)) killGroup(pid);
  await eventually('the end of a command', () => hasEnded(running));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself, a moment ago.
  }
}

function replaceAll(text: string, addresses: ReadonlyMap<string, string>): string {
  return [...addresses].reduce((replaced, [name, address]) => replaced.replaceAll(name, address), text);
}

function toPrinted(output: string, addresses: ReadonlyMap<string, string>): Printed {
  const raw = output.replaceAll('\r\n', '\n').trimEnd();
  return { raw, named: [...addresses].reduce((named, [name, address]) => named.replaceAll(address, name), raw) };
}
