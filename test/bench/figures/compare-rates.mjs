/** Requests a second of one server over those of another, under full load of 16 connections, in turns. */
import { load } from '../load.mjs';
import { checkScrape } from '../probe.mjs';

const CONNECTIONS = 16;
const ROUND_SECONDS = 1;

/** The ratio of each round, after both are warm. Throws where an answer does not have `series` series. */
export async function compareRates({ ours, base }, { series, rounds, warmUpSeconds }) {
  const run = async (server, seconds) =>
    (await load({ url: `${server.url}/metrics`, series, connections: CONNECTIONS, seconds })).perSecond;
  for (const server of [ours, base]) {
    await checkScrape(`${server.url}/metrics`, series);
    await run(server, warmUpSeconds);
  }
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const rateOfBase = await run(base, ROUND_SECONDS);
    ratios.push((await run(ours, ROUND_SECONDS)) / rateOfBase);
  }
  return ratios;
}
