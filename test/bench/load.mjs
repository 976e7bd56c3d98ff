/**
 * Puts load on a server from a process of its own: wrk where it is on the PATH, else autocannon, for a time; autocannon
 * for an exact number of requests. The Authorization header names the payload that the upstream is to send; answers come
 * as they are where no `encoding` is asked for.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { authorizationFor } from './payload.mjs';
import { runProgram } from './processes.mjs';

const GRACE_MS = 60_000;

const autocannon = createRequire(import.meta.url).resolve('autocannon');
const hasWrk = spawnSync('wrk', ['--version']).error === undefined;

export function describeLoader() {
  return hasWrk ? 'wrk' : 'autocannon';
}

/** As many requests as `connections` give in `seconds` (a whole number). Throws if one of them fails. */
export async function load(target) {
  return hasWrk ? loadWithWrk(target) : loadWithAutocannon(target, ['--duration', String(target.seconds)]);
}

/** Exactly `requests` requests. Throws if one of them fails. */
export async function loadExactly(target) {
  return loadWithAutocannon(target, ['--amount', String(target.requests)]);
}

async function loadWithWrk({ url, connections, seconds, ...wanted }) {
  const headers = listHeaders(wanted).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const timing = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s'];
  const text = await runProgram('wrk', [...timing, ...headers, url], seconds * 1000 + GRACE_MS);
  const failures = /^ *(Non-2xx.*|Socket errors.*)$/m.exec(text)?.[1];
  if (failures !== undefined) throw new Error(`${url}: ${failures}`);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(text)?.[1]);
  return { requests, perSecond };
}

async function loadWithAutocannon({ url, connections, seconds = 0, ...wanted }, extent) {
  const headers = listHeaders(wanted).flatMap(([name, value]) => ['--headers', `${name}=${value}`]);
  const args = [autocannon, '--json', '--no-progress', '--timeout', '60', '--connections', String(connections)];
  const timeoutMs = seconds * 1000 + GRACE_MS;
  const text = await runProgram(process.execPath, [...args, ...headers, ...extent, url], timeoutMs);
  const { requests, duration, errors, timeouts, non2xx } = JSON.parse(text);
  if (errors + timeouts + non2xx > 0) {
    throw new Error(`${url}: ${errors} errors, ${timeouts} timeouts, ${non2xx} answers that are not 2xx`);
  }
  return { requests: requests.total, perSecond: requests.total / duration };
}

function listHeaders({ series, encoding }) {
  const accepted = encoding === undefined ? [] : [['accept-encoding', encoding]];
  return [['authorization', authorizationFor(series)], ...accepted];
}
