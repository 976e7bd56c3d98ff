import { readAuthorization } from '../../../src/auth/authorization.js';
import { parseTokenFile } from '../../../src/auth/tokens.js';
import { formatRules } from '../../../src/exposition/format.js';
import { negotiateCompression, negotiateFormat } from '../../../src/exposition/negotiate.js';
import { ZxpError } from '../../../src/model/errors.js';
import { toBasic } from '../../../src/net/basic.js';
import { findNextLink } from '../../../src/net/link-header.js';
import { chooseContentType } from '../../../src/tunnel/proxy/scrape-answer.js';
import { encodeQuery } from '../../../src/tunnel/proxy/scraper.js';
import { type FuzzTarget, hold } from '../target.js';

/** Whatever a header has, it is read as credentials that can be written again, or not at all. */
const authorization: FuzzTarget = {
  name: 'authorization',
  seeds: [
    'Basic YW5uOmE6Yg==',
    'Bearer a.b-c~d+e/f==',
    'basic   w6k6w6k=',
    'Digest username="ann"',
    'token name=a\nsha256:00',
  ],
  words: [
    'Basic ',
    'Bearer ',
    'basic',
    ' ',
    '=',
    '==',
    'YTpi',
    'w6k6',
    '/w==',
    ':',
    ',',
    '\t',
    'sha256:',
    'name=',
    'expires=',
    '\n',
  ],
  run: (input) => {
    const header = input.toString('latin1');
    const read = readAuthorization(header);
    if (read.kind === 'basic') {
      const again = readAuthorization(toBasic(read.user, read.password));
      hold(
        again.kind === 'basic' && again.user === read.user && again.password === read.password,
        'basic credentials change',
      );
    }
    if (read.kind === 'bearer') hold(header.endsWith(read.token) && read.token !== '', 'a token is not of the header');
    try {
      parseTokenFile('tokens', input.toString());
    } catch (thrown) {
      if (!(thrown instanceof ZxpError)) throw thrown;
    }
  },
};

const compressions = new Set(['identity', 'gzip', 'zstd']);

/** Whatever a client accepts, it gets one of the formats; whatever an upstream sends as a link or type, it is judged. */
const accept: FuzzTarget = {
  name: 'accept',
  seeds: [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6',
    'gzip, zstd;q=0.5, identity;q=0, *;q=0',
    '<https://a/b?page=2>; rel="next", </c>; rel=prev; title="a, b"',
    'a=1&b=%20&flag&m[]=x+y',
  ],
  words: [
    ...[
      'application/openmetrics-text',
      'text/plain',
      'application/vnd.google.protobuf',
      '*/*',
      'text/*',
      ';',
      ',',
      '=',
      ' ',
    ],
    ...[
      'version=1.0.0',
      'version=2.0.0',
      'q=0.5',
      'q=0',
      'q=1.000',
      'q=',
      '"',
      '\\',
      'escaping=allow-utf-8',
      'escaping=dots',
    ],
    ...['gzip', 'zstd', 'identity', '*', '<', '>', 'rel=next', 'rel="next"', '%', '%C3%A9', '&', '+', 'charset=utf-8'],
  ],
  run: (input) => {
    const text = input.toString('latin1');
    hold(Object.hasOwn(formatRules, negotiateFormat(text)), 'an Accept gives no format');
    hold(compressions.has(negotiateCompression(text, true)), 'an Accept-Encoding gives no compression');
    const next = findNextLink([text]);
    hold(next === undefined || typeof next === 'string', 'a Link gives something else than a text');
    hold(/^[\t\x20-\x7e]+$/.test(chooseContentType(text)), 'a content type has a character that no header has');
    hold(/^[\x21-\x7e]*$/.test(encodeQuery(text)), 'a query has a character that none may have');
  },
};

export const headerTargets = [authorization, accept];
