import './inspector-signal.js';
import { Socket } from 'node:net';
import { isSea } from 'node:sea';
import manifest from '../../package.json' with { type: 'json' };
import { workerVariable } from '../model/exporter.js';
import type { CliContext, Primary } from './context.js';
import { runProgram } from './program.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output has seen enough, as `head` has.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`zxp: error: the output cannot be written: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on('error', () => {
  // Whoever read the log is gone; scrapes are still answered.
});

const context = createContext();
void runProgram(readArguments(), context).then((code) => {
  process.exitCode = code;
  context.primary?.leave();
});

/** A worker of a single executable gets the path of the program, which node:cluster passes as a script, as well. */
function readArguments(): readonly string[] {
  const isForked = isSea() && process.env[workerVariable] !== undefined;
  return process.argv.slice(isForked ? 3 : 2);
}

function createContext(): CliContext {
  return {
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    pid: process.pid,
    version: manifest.version,
    nodeVersion: process.version,
    stopped: waitForStop,
    onHangup: (listener) => process.on('SIGHUP', listener),
    primary: findPrimary(),
  };
}

function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (signal: number) => {
      if (isStopping) process.exit(128 + signal);
      isStopping = true;
      resolve();
    };
    process.on('SIGINT', () => stop(2));
    process.on('SIGTERM', () => stop(15));
  });
}

/** A worker leaves signals to the process that started it: those of a terminal or a service manager come to all of them. */
function findPrimary(): Primary | undefined {
  const workerId = process.env[workerVariable];
  if (workerId === undefined || process.send === undefined) return undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  return {
    workerId: Number(workerId),
    send: (message) => process.send?.(message),
    onMessage: (listener) =>
      process.on('message', (message: unknown, handle: unknown) =>
        listener(message, handle instanceof Socket ? handle : undefined),
      ),
    leave: () => process.disconnect(),
  };
}
