/**
 * All that zxp loads of winston: a logger, a stream to write to, and a format by a function. The whole package comes with
 * files, HTTP, the console, querying and colours. Nothing else may import winston, so that what is tested is what ships.
 */
import printf from 'logform/printf.js';
import createLogger from 'winston/lib/winston/create-logger.js';
import StreamTransport from 'winston/lib/winston/transports/stream.js';

export { createLogger, printf, StreamTransport };
