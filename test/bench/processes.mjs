/** Starts the processes that are measured, and sees to it that none outlives the bench. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const LISTENING = /\blistening=(http:\/\/[^\s"]+)/;
const START_TIMEOUT_MS = 20_000;

const running = new Set();

/** Kills every process that is still there when the bench ends, in whatever way. */
export function endProcessesOnExit() {
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
}

/**
 * A node process of its own, with a message channel where `ipc` is set. zxp's settings in the environment stay out; `env` is
 * what comes on top.
 */
export function startNode(args, { ipc = false, env = {} } = {}) {
  return track(
    spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe', ...(ipc ? ['ipc'] : [])],
      env: { ...cleanEnvironment(), ...env },
    }),
  );
}

/** Runs a program to its end and gives what it wrote. Throws where it fails or takes longer than `timeoutMs`. */
export async function runProgram(file, args, timeoutMs) {
  const child = track(
    spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment(), timeout: timeoutMs }),
  );
  const output = collectText(child.stdout);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ended with ${signal ?? code}: ${child.lastWords()}`);
  return output();
}

/** Starts a server that writes `listening=URL` to standard error, and waits until it does. */
export async function startServer(args, { env } = {}) {
  const child = startNode(args, { env });
  const url = await waitForUrl(child, args);
  return { url, pid: child.pid, stop: () => stop(child) };
}

/** Runs `work` with a server for each entry of `servers` (name -> arguments), and stops them whatever happens. */
export async function withServers(servers, work) {
  const started = {};
  try {
    for (const [name, args] of Object.entries(servers)) started[name] = await startServer(args);
    return await work(started);
  } finally {
    await Promise.all(Object.values(started).map((server) => server.stop()));
  }
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function track(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    text = (text + chunk).slice(-2000);
  });
  child.wroteLast = () => text;
  child.lastWords = () => /^\w*Error\b.*$/m.exec(text)?.[0] ?? text.trim();
  return child;
}

function waitForUrl(child, args) {
  return new Promise((resolve, reject) => {
    const fail = (what) => () => reject(new Error(`${args.join(' ')} ${what}: ${child.lastWords()}`));
    const timer = setTimeout(fail('does not listen'), START_TIMEOUT_MS);
    child.once('exit', fail('ended'));
    child.stderr.on('data', () => {
      const match = LISTENING.exec(child.wroteLast());
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1]);
    });
  });
}

function collectText(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ZXP_')));
}
