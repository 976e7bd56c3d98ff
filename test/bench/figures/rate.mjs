/**
 * Requests a second of the real daemon over those of another server in front of the same upstream, under full load of
 * 16 connections, in turns: the naive server, or zxp's own collector and writer behind node:http alone.
 */
import { load } from '../load.mjs';
import { checkScrape } from '../probe.mjs';
import { startServer, withServers } from '../processes.mjs';
import { bareCommand, naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { nameSize } from './name-size.mjs';

const CONNECTIONS = 16;
const ROUND_SECONDS = 1;

/** By definition 1 for the naive server. */
export function rateOverNaiveFigure({ series, rounds, warmUpSeconds, target }) {
  return {
    name: `requests/s / naive server, ${nameSize(series)}`,
    target,
    measure: async () => ({
      ours: await compareRates({ series, rounds, warmUpSeconds, otherCommand: naiveCommand }),
      naive: [1],
    }),
  };
}

export function rateOverBareFigure({ series, rounds, warmUpSeconds, target }) {
  return {
    name: `requests/s / node:http with our writer, ${nameSize(series)}`,
    target,
    measure: async () => ({ ours: await compareRates({ series, rounds, warmUpSeconds, otherCommand: bareCommand }) }),
  };
}

async function compareRates({ series, rounds, warmUpSeconds, otherCommand }) {
  const upstream = await startServer(upstreamCommand);
  const commands = { zxp: zxpCommand(upstream.url), other: otherCommand(upstream.url) };
  return withServers(commands, async ({ zxp, other }) => {
    const run = async (server, seconds) => {
      const url = `${server.url}/metrics`;
      return (await load({ url, series, connections: CONNECTIONS, seconds })).perSecond;
    };
    for (const server of [zxp, other]) {
      await checkScrape(`${server.url}/metrics`, series);
      await run(server, warmUpSeconds);
    }
    const ratios = [];
    for (let round = 0; round < rounds; round++) {
      const otherRate = await run(other, ROUND_SECONDS);
      ratios.push((await run(zxp, ROUND_SECONDS)) / otherRate);
    }
    return ratios;
  }).finally(() => upstream.stop());
}
