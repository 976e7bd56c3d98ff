import type { X509Certificate } from 'node:crypto';
import { readAddress } from '../net/addresses.js';

/** `DNS:a, IP Address:1.2.3.4`; a value with a comma or the like in it is quoted as JSON text is. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/gy;

/**
 * The names of a certificate that exporter-toolkit compares: DNS names, mail addresses, IP addresses in their one form,
 * URIs. The subject's common name is none of them.
 */
export function listAltNames({ subjectAltName }: Pick<X509Certificate, 'subjectAltName'>): readonly string[] {
  return [...(subjectAltName ?? '').matchAll(ENTRY)].flatMap(([, kind, written = '']) => {
    const value = written.startsWith('"') ? String(JSON.parse(written)) : written;
    switch (kind) {
      case 'DNS':
      case 'email':
      case 'URI':
        return [value];
      case 'IP Address':
        return readAddress(value)?.text ?? [];
      default:
        return [];
    }
  });
}

/** A name as it is compared: addresses in their one form, anything else as it is. */
export function normalizeAltName(name: string): string {
  return readAddress(name)?.text ?? name;
}
