import type { ProxySpec } from '../../model/module.js';
import { parseUrl } from '../../model/url.js';
import type { Section } from '../section.js';
import type { ValueKind } from '../values.js';
import { readHeaderValue } from './http-headers.js';

/** A URL that may have a user and a password. */
export const httpUrl: ValueKind<URL> = {
  expected: 'an http or https URL',
  read: (value) => (typeof value === 'string' && /^https?:\/\//i.test(value) ? parseUrl(value) : undefined),
};

/** The keys of prometheus/common for a proxy, with its rules. */
export function readProxy(section: Section): ProxySpec | undefined {
  const url = section.take('proxy_url')?.text === '' ? undefined : section.read('proxy_url', httpUrl);
  const fromEnvironment = section.flag('proxy_from_environment') ?? false;
  const noProxy = section.text('no_proxy') ?? '';
  const connectHeaders = (section.section('proxy_connect_header')?.entries() ?? []).flatMap(({ key, cursor }) =>
    (cursor.items ?? [cursor]).flatMap((item) => readHeaderValue(section, key, item)),
  );
  if (fromEnvironment && (url !== undefined || noProxy !== '')) {
    section.refuse(section, 'proxy_from_environment cannot be combined with proxy_url or no_proxy', 'keep one');
  }
  if (url === undefined && !fromEnvironment && noProxy !== '')
    section.refuse(section.placeOf('no_proxy'), 'needs proxy_url');
  if (url === undefined && !fromEnvironment && connectHeaders.length > 0) {
    section.refuse(section.placeOf('proxy_connect_header'), 'needs proxy_url or proxy_from_environment');
  }
  if (fromEnvironment) return { url: 'environment', noProxy, connectHeaders };
  return url === undefined ? undefined : { url, noProxy, connectHeaders };
}
