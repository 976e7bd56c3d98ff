import { parseUrl } from '../../model/url.js';
import { localUrl, type ValueKind } from '../values.js';

/** What `/probe` may ask: an http or https URL without a user, or a file or socket. A fragment is left out. */
export const targetUrl: ValueKind<URL> = {
  expected: 'an http or https URL without a user',
  read: (value) => {
    const local = localUrl.read(value);
    if (local !== undefined) return local;
    if (typeof value !== 'string' || !/^https?:\/\/[^/?#]/i.test(value)) return undefined;
    const url = parseUrl(value);
    if (url === undefined) return undefined;
    url.hash = '';
    return url.username === '' && url.password === '' ? url : undefined;
  },
};
