/**
 * All that zxp loads of undici: a client of one connection. The whole package, with fetch, caches, mocks and WebSockets,
 * takes 127 ms and 20 MB to load; this takes 36 ms and 11 MB (Node 20). Nothing else may import undici, so that what is
 * tested is what ships.
 */
import './webassembly-flags.js';
import Client from 'undici/lib/dispatcher/client.js';

export type { buildConnector, Dispatcher } from 'undici';
export { Client };
