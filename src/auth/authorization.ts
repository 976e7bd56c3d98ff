/** What an `Authorization` header presents. */
export type Presented =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'none' }
  /** Another scheme, or an invalid header. */
  | { readonly kind: 'unreadable' };

const UNREADABLE = { kind: 'unreadable' } as const;

/** Reads the header as RFC 7617 (UTF-8) and RFC 6750 define it. Schemes are known in any letter case. */
export function readAuthorization(header: string | undefined): Presented {
  if (header === undefined || header === '') return { kind: 'none' };
  const [, scheme = '', credentials = ''] = /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return readUserPassword(credentials);
    case 'bearer':
      return { kind: 'bearer', token: credentials };
    default:
      return UNREADABLE;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readUserPassword(base64: string): Presented {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return UNREADABLE;
  try {
    const text = utf8.decode(Buffer.from(base64, 'base64'));
    const colon = text.indexOf(':');
    return colon < 0 ? UNREADABLE : { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return UNREADABLE;
  }
}
