/** The parts of zxp that figures measure alone. */

export { readConfigFile } from '../../src/config/config-reader.js';
export { loadConfiguration } from '../../src/config/load.js';
export { FamilyHeads } from '../../src/exposition/family-head.js';
export { ScrapeRegistry } from '../../src/exposition/scrape-registry.js';
export { parseDocument } from '../../src/jsonpath/document.js';
export { UpstreamCollector } from '../../src/scrape/collector.js';
export { decodeJson } from '../../src/translate/document/decode.js';
export { translators } from '../../src/translate/registry.js';
