/** What zxp uses of undici: requests over pools, and none of fetch, caches, mocks and WebSockets. */
import request from 'undici/lib/api/api-request.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

export { default as buildConnector } from 'undici/lib/core/connect.js';
export { default as Client } from 'undici/lib/dispatcher/client.js';
export { default as Pool } from 'undici/lib/dispatcher/pool.js';

Object.assign(Dispatcher.prototype, { request });
