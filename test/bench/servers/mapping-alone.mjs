/**
 * A mapping module's own work in one process: arguments `OBJECTS ROUNDS`. Each round times JSON.parse of the text, and the
 * translator, which reads the bytes and gives families ready to be written; the ratio is what the translator takes over
 * JSON.parse, over JSON.parse.
 */
import { importProduct } from '../dist.mjs';
import { makeMappingPayload, smallMappingConfig, VALUES_OF_SMALL } from '../mapping-payload.mjs';
import { compileTranslator, findLimits } from '../our-collector.mjs';
import { countTimes, repeat, timeEach } from './timing.mjs';

const [objects, rounds] = process.argv.slice(2).map(Number);
const body = makeMappingPayload(objects, 'usual');
const text = body.toString();
const { finishSteps, limitWork } = await importProduct();
const limits = await findLimits();
const translator = await compileTranslator(smallMappingConfig);

const parse = () => void JSON.parse(text);
const translate = () => finishSteps(translator.translate(body, { limits, work: limitWork() }));

const { families } = translate();
const rows = families.map((family) => family.labelValues.length);
if (rows.length !== VALUES_OF_SMALL || rows.some((count) => count !== objects)) throw new Error(`rows: ${rows}`);

process.on('disconnect', () => process.exit());
const times = await countTimes(parse);
const ratios = await repeat(rounds, async () => {
  const floorMs = await timeEach(parse, times);
  return ((await timeEach(translate, times)) - floorMs) / floorMs;
});
process.send(ratios, () => process.exit());
