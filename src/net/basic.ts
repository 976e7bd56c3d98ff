/** The value of `Authorization` or `Proxy-Authorization` for a user and a password, in UTF-8 (RFC 7617). */
export function toBasic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
