/**
 * Whole scrape / P: CPU time of the daemon's process for one scrape over loopback, its request upstream and its answer
 * included, over the CPU time of JSON.parse of the same document in a process of its own. Full load for small
 * documents; for large ones an exact number of scrapes, one after the other.
 */
import { load, loadExactly } from '../load.mjs';
import { startParser } from '../parser.mjs';
import { checkScrape } from '../probe.mjs';
import { explainMissingProc, readCpuSeconds } from '../proc.mjs';
import { startServer, withServers } from '../processes.mjs';
import { naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { nameSize } from './name-size.mjs';
import { withPayloadFile } from './payload-file.mjs';

const CONNECTIONS = 16;
const ROUND_SECONDS = 1;
const PARSE_MS = 200;
/** From here on the scrapes cut off at the end of a timed load would weigh. */
const EXACT_FROM_SERIES = 10_000;
const SERIES_A_ROUND = 400_000;
/** The naive server takes several times as long. */
const NAIVE_SHARE = 0.5;

export function scrapeCpuFigure({ series, rounds, warmUpSeconds, target }) {
  return {
    name: `whole scrape CPU / P, ${nameSize(series)}`,
    target,
    needs: explainMissingProc,
    measure: () => withPayloadFile(series, (file) => measure({ series, rounds, warmUpSeconds, file })),
  };
}

async function measure({ series, rounds, warmUpSeconds, file }) {
  const upstream = await startServer(upstreamCommand);
  const parser = await startParser(file);
  const commands = { zxp: zxpCommand(upstream.url), naive: naiveCommand(upstream.url) };
  return withServers(commands, async ({ zxp, naive }) => {
    for (const server of [zxp, naive]) {
      await checkScrape(`${server.url}/metrics`, series);
      await measureScrape(server, { series, seconds: warmUpSeconds });
    }
    await parser.parse(PARSE_MS);
    const ratios = { ours: [], naive: [] };
    for (let round = 0; round < rounds; round++) {
      const parseSeconds = await parser.parse(PARSE_MS);
      ratios.ours.push((await measureScrape(zxp, { series })) / parseSeconds);
      ratios.naive.push((await measureScrape(naive, { series, share: NAIVE_SHARE })) / parseSeconds);
    }
    return ratios;
  }).finally(() => Promise.all([upstream.stop(), parser.stop()]));
}

/** CPU seconds of one scrape. */
async function measureScrape(server, { series, seconds = ROUND_SECONDS, share = 1 }) {
  const url = `${server.url}/metrics`;
  const startSeconds = readCpuSeconds(server.pid);
  const { requests } =
    series < EXACT_FROM_SERIES
      ? await load({ url, series, connections: CONNECTIONS, seconds })
      : await loadExactly({ url, series, connections: 1, requests: Math.ceil((SERIES_A_ROUND * share) / series) });
  return (readCpuSeconds(server.pid) - startSeconds) / requests;
}
