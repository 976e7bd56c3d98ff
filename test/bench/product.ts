/** The parts of zxp that figures measure alone. */

export { finishSteps } from '../../src/async/steps.js';
export { readConfigFile } from '../../src/config/config-reader.js';
export { loadConfiguration } from '../../src/config/load.js';
export { FamilyHeads } from '../../src/exposition/family-head.js';
export { WritingCache } from '../../src/exposition/placed-lines.js';
export { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
export { UpstreamCollector } from '../../src/scrape/collector.js';
export { limitWork } from '../../src/scrape/work-limits.js';
export { translators } from '../../src/translate/registry.js';
