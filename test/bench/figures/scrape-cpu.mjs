/**
 * Whole scrape / P: CPU time of the daemon's process for one scrape over loopback, its request upstream and its answer
 * included, over the CPU time of JSON.parse of the same document in a process of its own.
 */
import { statSync } from 'node:fs';
import { makeMappingPayload, mappedConfig, VALUES_AN_OBJECT } from '../mapping-payload.mjs';
import { startParser } from '../parser.mjs';
import { checkScrape } from '../probe.mjs';
import { explainMissingProc } from '../proc.mjs';
import { startServer, withServers } from '../processes.mjs';
import { measureScrapeCpu } from '../scrape-cost.mjs';
import { mappingCommand, naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { withFiles, withPayloadFile } from './files.mjs';
import { nameSize } from './name-size.mjs';

/** The naive server takes several times as long. */
const NAIVE_SHARE = 0.5;
const PARSE_MS = 300;

export function scrapeCpuFigure({ series, rounds, naiveRounds = rounds, warmUpSeconds = 2, target }) {
  const commands = { ours: zxpCommand, naive: naiveCommand };
  return {
    name: `whole scrape CPU / P, ${nameSize(series)}`,
    target,
    series,
    needs: explainMissingProc,
    measure: () =>
      withPayloadFile(series, (file) => measure({ series, rounds, naiveRounds, warmUpSeconds, file, commands })),
  };
}

/** The same for a list of objects of which everything is mapped, with nothing naive beside it. */
export function mappingScrapeCpuFigure({ objects, rounds, warmUpSeconds = 2, target }) {
  const files = () => ({ 'payload.json': makeMappingPayload(objects, 'mapped'), 'bench.yml': mappedConfig });
  const series = objects * VALUES_AN_OBJECT;
  return {
    name: `mapping, whole scrape CPU / P, ${objects.toLocaleString('en')} objects, everything mapped`,
    target,
    needs: explainMissingProc,
    measure: () =>
      withFiles(files(), ([file, config]) => {
        const commands = { ours: mappingCommand({ objects, config }) };
        return measure({ series, rounds, naiveRounds: 0, warmUpSeconds, file, commands });
      }),
  };
}

/** The ratios of each round, and the CPU milliseconds that they are made of. */
async function measure({ series, rounds, naiveRounds, warmUpSeconds, file, commands }) {
  const document = { series, bytes: statSync(file).size };
  const upstream = await startServer(upstreamCommand);
  const parser = await startParser(file);
  const start = Object.fromEntries(Object.entries(commands).map(([name, command]) => [name, command(upstream.url)]));
  return withServers(start, async ({ ours, naive }) => {
    for (const server of [ours, naive].filter((each) => each !== undefined)) {
      await checkScrape(`${server.url}/metrics`, series);
      await measureScrapeCpu(server, { ...document, seconds: warmUpSeconds });
    }
    await parser.parse(PARSE_MS);
    const result = { ours: [], naive: [], costMs: { floor: [], ours: [], naive: [] } };
    const add = (name, seconds, parseSeconds) => {
      result.costMs[name].push(seconds * 1000);
      result[name].push(seconds / parseSeconds);
    };
    for (let round = 0; round < rounds; round++) {
      const parseSeconds = await parser.parse(PARSE_MS);
      result.costMs.floor.push(parseSeconds * 1000);
      add('ours', await measureScrapeCpu(ours, document), parseSeconds);
      if (round >= naiveRounds) continue;
      add('naive', await measureScrapeCpu(naive, { ...document, share: NAIVE_SHARE }), parseSeconds);
    }
    return result;
  }).finally(() => Promise.all([upstream.stop(), parser.stop()]));
}
