/**
 * Leaves out of the bundle what packages load and zxp never reaches: it takes longer to load than the rest, and holds
 * memory for as long as zxp runs.
 */
import { fileURLToPath } from 'node:url';

const file = (name) => fileURLToPath(new URL(`lean/${name}`, import.meta.url));

/** What is loaded in place of a package. An import of what is not there fails the build. */
const replacements = {
  'prom-client': file('prom-client.js'),
  winston: file('winston.js'),
  // The same as ES modules, of which the bundler takes what is used.
  yaml: file('../../node_modules/yaml/browser/dist/index.js'),
  logform: file('logform.cjs'),
  // Node's own streams, for runtimes that have none.
  'readable-stream': 'node:stream',
  'readable-stream/lib/_stream_writable.js': file('writable.cjs'),
};

/** What packages get `absent.cjs` for: the server neither reads bodies nor sends files, cookies or media types. */
const absent = {
  accepts: ['mime-types'],
  commander: ['node:child_process'],
  express: [
    'body-parser',
    'content-disposition',
    'cookie',
    'cookie-signature',
    'mime-types',
    'qs',
    'send',
    'serve-static',
  ],
  'prom-client': ['@opentelemetry/api'],
  'type-is': ['mime-types'],
};

/** The plugin that does it. */
export const leanPackages = {
  name: 'lean-packages',
  resolveId(source, importer = '') {
    const [, owner = ''] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(importer) ?? [];
    if (absent[owner]?.includes(source)) return file('absent.cjs');
    const replacement = replacements[source];
    if (replacement === undefined) return null;
    return { id: replacement, external: replacement.startsWith('node:') };
  },
};
