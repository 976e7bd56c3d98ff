/**
 * A mapping module's own work in one process: arguments `KIND OBJECTS ROUNDS`. Each round times JSON.parse of the text, and the
 * translator, which reads the bytes and gives families ready to be written; the ratio is what the translator takes over
 * JSON.parse, over JSON.parse.
 */
import { importProduct } from '../dist.mjs';
import {
  celConfig,
  makeMappingPayload,
  smallMappingConfig,
  VALUES_AN_OBJECT,
  VALUES_OF_SMALL,
} from '../mapping-payload.mjs';
import { compileTranslator, findLimits } from '../our-collector.mjs';
import { countTimes, repeat, timeEach } from './timing.mjs';

const [kind, ...numbers] = process.argv.slice(2);
const [objects, rounds] = numbers.map(Number);
const { payload, config, values } = {
  small: { payload: 'usual', config: smallMappingConfig, values: VALUES_OF_SMALL },
  cel: { payload: 'mapped', config: celConfig, values: VALUES_AN_OBJECT },
}[kind];
const body = makeMappingPayload(objects, payload);
const text = body.toString();
const { finishSteps, limitWork } = await importProduct();
const limits = await findLimits();
const translator = await compileTranslator(config);

const parse = () => void JSON.parse(text);
const response = { statusCode: 200, headers: [], params: {}, timeLeftMs: 300_000 };
const translate = () => finishSteps(translator.translate(body, { limits, response, work: limitWork() }));

const { families } = translate();
const rows = families.map((family) => family.labelValues.length);
if (rows.length !== values || rows.some((count) => count !== objects)) throw new Error(`rows: ${rows}`);

process.on('disconnect', () => process.exit());
const times = await countTimes(parse);
const ratios = await repeat(rounds, async () => {
  const floorMs = await timeEach(parse, times);
  return ((await timeEach(translate, times)) - floorMs) / floorMs;
});
process.send(ratios, () => process.exit());
