/** zxp's collector of zot's JSON as the daemon makes it: every limit has its default, and no check is off. */
import { importProduct } from './dist.mjs';

const TIMEOUT_MS = 300_000;

/** The translator of zot's JSON. */
export async function findTranslator() {
  const { translators } = await importProduct();
  const { translator } = await translators.get('zot').create();
  return translator;
}

/** The translator that a config file's only module asks for. */
export async function compileTranslator(text) {
  const { translators, readConfigFile } = await importProduct();
  const file = readConfigFile({ name: 'bench.yml', text, environment: {}, include: () => [] });
  const [module] = file.modules.values();
  const spec = { ...module, dialect: file.dialect };
  const { translator, problems } = await translators.get('mapping').create(spec);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return translator;
}

/** The limits of a daemon that was told of none. */
export async function findLimits() {
  const { loadConfiguration } = await importProduct();
  return loadConfiguration({ flags: new Map(), environment: {} }).limits;
}

/** Asks `source.client` for `source.url`, and translates by `source.translator`. Only the time is longer than the default, for the largest documents. */
export async function createBenchCollector(source) {
  const { WritingCache, UpstreamCollector } = await importProduct();
  return new UpstreamCollector({
    ...source,
    cache: new WritingCache(),
    limits: await findLimits(),
    timeoutMs: TIMEOUT_MS,
    now: () => performance.now(),
  });
}
