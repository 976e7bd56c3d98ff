/**
 * Bytes in to bytes out in one process: arguments `WAY SERIES ROUNDS`. Each round times JSON.parse of the text and one
 * way to the exposition, and sends the list of ratios in the end.
 */
import { importProduct } from '../dist.mjs';
import { makeMappingPayload, mappedConfig, mappingConfig, VALUES_AN_OBJECT } from '../mapping-payload.mjs';
import { exposeNaively } from '../naive.mjs';
import { compileTranslator, createBenchCollector, findTranslator } from '../our-collector.mjs';
import { makePayload } from '../payload.mjs';
import { countTimes, repeat, timeEach } from './timing.mjs';

const [way, ...numbers] = process.argv.slice(2);
const [series, rounds] = numbers.map(Number);
const [, kind] = way.split('-');
const body = kind === undefined ? makePayload(series) : makeMappingPayload(series / VALUES_AN_OBJECT, kind);
const text = body.toString();

/** Each way gives the exposition as chunks. */
const ways = {
  ours: () => exposeWith(findTranslator()),
  'mapping-mapped': () => exposeWith(compileTranslator(mappedConfig)),
  'mapping-lean': () => exposeWith(compileTranslator(mappingConfig)),
  'mapping-usual': () => exposeWith(compileTranslator(mappingConfig)),
  naive: async () =>
    async function* () {
      yield Buffer.from(await exposeNaively(JSON.parse(body.toString())));
    },
};

async function exposeWith(translator) {
  const { FamilyHeads, ScrapeRegistry } = await importProduct();
  const heads = new FamilyHeads();
  const client = async () => ({ statusCode: 200, body });
  const source = { url: new URL('http://upstream/metrics'), client, translator: await translator };
  const collector = await createBenchCollector(source);
  return async function* () {
    const registry = new ScrapeRegistry(collector.withHeaders([]), heads);
    await registry.gather({ format: 'text' });
    yield* registry.write('text');
  };
}

const expose = await ways[way]();
await checkOutput();
process.on('disconnect', () => process.exit());
process.send(await measure(), () => process.exit());

async function measure() {
  const parse = () => void JSON.parse(text);
  const times = await countTimes(parse);
  return repeat(rounds, async () => {
    const floorMs = await timeEach(parse, times);
    return (await timeEach(countBytes, times)) / floorMs;
  });
}

async function countBytes() {
  let bytes = 0;
  for await (const chunk of expose()) bytes += chunk.length;
  return bytes;
}

/** A pipeline that drops samples would be fast. */
async function checkOutput() {
  const chunks = [];
  for await (const chunk of expose()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#') && !/^(target|zot_up)/.test(line));
  if (samples.length !== series) throw new Error(`${way} gave ${samples.length} samples of ${series}`);
}
