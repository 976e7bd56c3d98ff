/** What one scrape takes of a server's CPU, and what parsing its document takes while the machine is as busy. */
import { load, loadExactly } from './load.mjs';
import { readCpuSeconds } from './proc.mjs';

const CONNECTIONS = 16;
const ROUND_SECONDS = 1;
/** From here on zxp renders in threads: scrapes cut off at the end of a timed load would end them, and weigh in themselves. */
const EXACT_FROM_BYTES = 256 * 1024;
const SERIES_A_ROUND = 400_000;
const PARSE_MS = 300;
const NEIGHBOUR_SERIES = 20;

/**
 * CPU seconds of one scrape of a document of `series` and `bytes`, of all threads of the server's process. Small ones are
 * scraped by 16 connections for `seconds`; others one after the other, as many times as SERIES_A_ROUND and `share` say.
 */
export async function measureScrapeCpu(server, { series, bytes, encoding, seconds = ROUND_SECONDS, share = 1 }) {
  const target = { url: `${server.url}/metrics`, series, encoding };
  const startSeconds = readCpuSeconds(server.pid);
  const { requests } = isLoadedByTime(bytes)
    ? await load({ ...target, connections: CONNECTIONS, seconds })
    : await loadExactly({ ...target, connections: 1, requests: Math.ceil((SERIES_A_ROUND * share) / series) });
  return (readCpuSeconds(server.pid) - startSeconds) / requests;
}

/**
 * CPU seconds of one JSON.parse, in the state of the machine in which scrapes of that size are measured: where they come
 * from many connections, load generator and upstream keep the other cores busy, and share their caches and clock. Here
 * they do so with one another.
 */
export async function measureParseCpu({ parser, upstream, bytes }) {
  if (!isLoadedByTime(bytes)) return parser.parse(PARSE_MS);
  const neighbour = { url: `${upstream.url}/metrics`, series: NEIGHBOUR_SERIES };
  const [seconds] = await Promise.all([
    parser.parse(PARSE_MS),
    load({ ...neighbour, connections: CONNECTIONS, seconds: ROUND_SECONDS }),
  ]);
  return seconds;
}

function isLoadedByTime(bytes) {
  return bytes < EXACT_FROM_BYTES;
}
