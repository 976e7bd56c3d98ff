/**
 * Families to bytes in one process: arguments `FORMAT SERIES ROUNDS`. Each round times the writing of the same families
 * as text and in the format, and sends the list of ratios in the end.
 */
import { importProduct } from '../dist.mjs';
import { createBenchCollector, findTranslator } from '../our-collector.mjs';
import { makePayload } from '../payload.mjs';
import { countTimes, repeat, timeEach } from './timing.mjs';

const [format, ...numbers] = process.argv.slice(2);
const [series, rounds] = numbers.map(Number);
const { FamilyHeads, ScrapeRegistry } = await importProduct();
const heads = new FamilyHeads();

/** Everything but the writing, once. */
async function gather(as) {
  const client = async () => ({ statusCode: 200, body: makePayload(series) });
  // Families that are there as such: text would be written while the document is read.
  const translator = { ...(await findTranslator()), sinkBytes: undefined };
  const source = { url: new URL('http://upstream/metrics'), client, translator };
  const collector = await createBenchCollector(source);
  const registry = new ScrapeRegistry(collector.withHeaders([]), heads);
  const { samples } = await registry.gather({ format: as });
  if (samples !== series) throw new Error(`${as} has ${samples} samples of ${series}`);
  return async () => {
    let bytes = 0;
    for await (const chunk of registry.write(as)) bytes += chunk.length;
    return bytes;
  };
}

async function measure() {
  const writeText = await gather('text');
  const write = await gather(format);
  for (let i = 0; i < 20; i++) await Promise.all([writeText(), write()]);
  const times = await countTimes(writeText);
  return repeat(rounds, async () => {
    const textMs = await timeEach(writeText, times);
    return (await timeEach(write, times)) / textMs;
  });
}

process.on('disconnect', () => process.exit());
process.send(await measure(), () => process.exit());
