/**
 * Requests a second of the real daemon over those of another server in front of the same upstream: the naive server, or zxp's own collector and writer behind node:http alone.
 */
import { startServer, withServers } from '../processes.mjs';
import { bareCommand, naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { compareRates } from './compare-rates.mjs';
import { nameSize } from './name-size.mjs';

/** By definition 1 for the naive server. */
export function rateOverNaiveFigure({ series, rounds, warmUpSeconds, target }) {
  return {
    name: `requests/s / naive server, ${nameSize(series)}`,
    target,
    measure: async () => ({
      ours: await compareWith(naiveCommand, { series, rounds, warmUpSeconds }),
      naive: [1],
    }),
  };
}

export function rateOverBareFigure({ series, rounds, warmUpSeconds, target }) {
  return {
    name: `requests/s / node:http with our writer, ${nameSize(series)}`,
    target,
    measure: async () => ({ ours: await compareWith(bareCommand, { series, rounds, warmUpSeconds }) }),
  };
}

async function compareWith(otherCommand, sizes) {
  const upstream = await startServer(upstreamCommand);
  const commands = { ours: zxpCommand(upstream.url), base: otherCommand(upstream.url) };
  return withServers(commands, (servers) => compareRates(servers, sizes)).finally(() => upstream.stop());
}
