/**
 * Bytes in to bytes out in one process: arguments `WAY SERIES ROUNDS`. Each round times JSON.parse of the text and one
 * way to the exposition, each often enough to take a while, and sends the list of ratios in the end. Before each the
 * young generation is collected, so that none pays for another's garbage; a full collection would shrink the young
 * generation to what it is at the start of a process, and each would pay for that.
 */
import { importProduct } from '../dist.mjs';
import { makeMappingPayload, mappingConfig, VALUES_AN_OBJECT } from '../mapping-payload.mjs';
import { exposeNaively } from '../naive.mjs';
import { compileTranslator, createBenchCollector, findTranslator } from '../our-collector.mjs';
import { makePayload } from '../payload.mjs';

const MIN_MS = 30;
const WARM_UP_MS = 500;

const [way, ...numbers] = process.argv.slice(2);
const [series, rounds] = numbers.map(Number);
const [, kind] = way.split('-');
const body = kind === undefined ? makePayload(series) : makeMappingPayload(series / VALUES_AN_OBJECT, kind);
const text = body.toString();

/** Each way gives the exposition as chunks. */
const ways = {
  ours: () => exposeWith(findTranslator()),
  'mapping-lean': () => exposeWith(compileTranslator(mappingConfig)),
  'mapping-usual': () => exposeWith(compileTranslator(mappingConfig)),
  naive: async () =>
    async function* () {
      yield Buffer.from(await exposeNaively(JSON.parse(body.toString())));
    },
};

async function exposeWith(translator) {
  const { ScrapeRegistry } = await importProduct();
  const client = async () => ({ statusCode: 200, body });
  const source = { url: new URL('http://upstream/metrics'), client, translator: await translator };
  const collector = await createBenchCollector(source);
  return async function* () {
    const registry = new ScrapeRegistry(collector.withHeaders([]));
    await registry.gather({});
    yield* registry.write('text');
  };
}

const expose = await ways[way]();
await checkOutput();
process.on('disconnect', () => process.exit());
process.send(await measure(), () => process.exit());

async function measure() {
  const times = await countTimes();
  // What the first rounds find is code that V8 has not looked at yet: they do not count.
  const startMs = performance.now();
  do await measureRound(times);
  while (performance.now() - startMs < WARM_UP_MS);
  const ratios = [];
  for (let round = 0; round < rounds; round++) ratios.push(await measureRound(times));
  return ratios;
}

async function measureRound(times) {
  const floorMs = await timeEach(parse, times);
  return (await timeEach(countBytes, times)) / floorMs;
}

function parse() {
  JSON.parse(text);
}

async function countBytes() {
  let bytes = 0;
  for await (const chunk of expose()) bytes += chunk.length;
  return bytes;
}

async function timeEach(work, times) {
  globalThis.gc({ type: 'minor' });
  const startMs = performance.now();
  for (let i = 0; i < times; i++) await work();
  return (performance.now() - startMs) / times;
}

/** How many parses take MIN_MS. */
async function countTimes() {
  await timeEach(parse, 3);
  return Math.max(1, Math.ceil(MIN_MS / (await timeEach(parse, 3))));
}

/** A pipeline that drops samples would be fast. */
async function checkOutput() {
  const chunks = [];
  for await (const chunk of expose()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#') && !/^(target|zot_up)/.test(line));
  if (samples.length !== series) throw new Error(`${way} gave ${samples.length} samples of ${series}`);
}
