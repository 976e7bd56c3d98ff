/** What one scrape takes of a server's CPU. */
import { load, loadExactly } from './load.mjs';
import { readCpuSeconds } from './proc.mjs';

const CONNECTIONS = 4;
const ROUND_SECONDS = 1;
/** From here on the scrapes that are cut off at the end of a timed load would weigh. */
const EXACT_FROM_BYTES = 256 * 1024;
const SERIES_A_ROUND = 400_000;

/**
 * CPU seconds of one scrape of a document of `series` and `bytes`, of all threads of the server's process. Small ones are
 * scraped by 4 connections for `seconds`; others one after the other, as many times as SERIES_A_ROUND and `share` say.
 */
export async function measureScrapeCpu(server, { series, bytes, encoding, seconds = ROUND_SECONDS, share = 1 }) {
  const target = { url: `${server.url}/metrics`, series, encoding };
  const startSeconds = readCpuSeconds(server.pid);
  const { requests } =
    bytes < EXACT_FROM_BYTES
      ? await load({ ...target, connections: CONNECTIONS, seconds })
      : await loadExactly({ ...target, connections: 1, requests: Math.ceil((SERIES_A_ROUND * share) / series) });
  return (readCpuSeconds(server.pid) - startSeconds) / requests;
}
