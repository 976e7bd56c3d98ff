/** The one part of readable-stream that is asked for by its path. */
module.exports = require('node:stream').Writable;
