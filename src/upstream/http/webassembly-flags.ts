import { setFlagsFromString } from 'node:v8';

/**
 * undici's HTTP parser is one WebAssembly function of some thousand branches. To optimize it takes V8 36 MB (Node 20) or 22
 * (Node 24) and some 80 ms of CPU, at the first scrape or a little later; glibc keeps some 10 MB of that for good, and no
 * scrape is measurably faster for it. A V8 that does not know the flags ignores them. To be imported before undici.
 */
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');
