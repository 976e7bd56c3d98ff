import { setFlagsFromString } from 'node:v8';

/**
 * undici's HTTP parser is one WebAssembly function of some thousand branches. To optimize it takes V8 of Node 20 36 MB and
 * a third of a second of CPU at the first scrape, keeps some 10 MB of that for good, and makes a scrape no faster. A V8 that
 * does not know the flag ignores it. To be imported before undici.
 */
setFlagsFromString('--liftoff-only');
