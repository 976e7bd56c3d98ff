/**
 * Peak memory over idle / that of parsing alone: how far the high-water mark of a fresh daemon rises over what it takes
 * idle when it answers one scrape, over how far that of a fresh process rises which reads and parses the same bytes
 * once. Every heap is the one that V8 gives by default. Of one scrape only: after more, both sides show how long V8 puts
 * off collecting, and the ratio tells less.
 */
import { startParser } from '../parser.mjs';
import { checkScrape } from '../probe.mjs';
import { explainMissingProc, readMemory } from '../proc.mjs';
import { startServer, withServers } from '../processes.mjs';
import { naiveCommand, upstreamCommand, zxpCommand } from '../servers/commands.mjs';
import { withPayloadFile } from './files.mjs';
import { nameSize } from './name-size.mjs';

const SMALL_SERIES = 20;

export function memoryFigure({ series, rounds, naiveRounds = rounds, target }) {
  return {
    name: `peak memory over idle / parse alone, ${nameSize(series)}`,
    target,
    needs: explainMissingProc,
    measure: () => withPayloadFile(series, (file) => measure({ series, rounds, naiveRounds, file })),
  };
}

async function measure({ series, rounds, naiveRounds, file }) {
  const upstream = await startServer(upstreamCommand);
  const measureServer = (command) =>
    withServers({ server: command(upstream.url) }, async ({ server }) => {
      const url = `${server.url}/metrics`;
      // An idle server has done its first scrape: code that loads lazily is there.
      await checkScrape(url, SMALL_SERIES);
      return measureRise(server.pid, () => checkScrape(url, series));
    });
  const ratios = { ours: [], naive: [] };
  try {
    for (let round = 0; round < rounds; round++) {
      const floor = await measureParser(file);
      ratios.ours.push((await measureServer(zxpCommand)) / floor);
      if (round < naiveRounds) ratios.naive.push((await measureServer(naiveCommand)) / floor);
    }
    return ratios;
  } finally {
    await upstream.stop();
  }
}

async function measureParser(file) {
  const parser = await startParser(file);
  try {
    return await measureRise(parser.pid, () => parser.parse(0));
  } finally {
    await parser.stop();
  }
}

async function measureRise(pid, work) {
  const { bytes: idleBytes } = readMemory(pid);
  await work();
  return readMemory(pid).peakBytes - idleBytes;
}
