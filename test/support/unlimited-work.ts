import { Work } from '../../src/model/work.js';

/** For what a test reads, however much that is. */
export const unlimitedWork = new Work(() => undefined);
