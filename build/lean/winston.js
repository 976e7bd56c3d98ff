/** What zxp uses of winston: lines to a stream, and none of files, HTTP, colours and containers. */
import printf from 'logform/printf.js';
import Stream from 'winston/lib/winston/transports/stream.js';

export { default as createLogger } from 'winston/lib/winston/create-logger.js';
export const format = { printf };
export const transports = { Stream };
