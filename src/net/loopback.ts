import { readAddress } from './addresses.js';

/** Whether a host, as a URL or a setting has it, is this machine and nothing else. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

/** Whether an address, as a socket gives it, is one of this machine's own. */
export function isLoopbackAddress(text: string | undefined): boolean {
  // What nearly all are; each request asks.
  if (text === '127.0.0.1' || text === '::1') return true;
  const address = readAddress(text);
  return address?.family === 'ipv4' ? address.text.startsWith('127.') : address?.text === '::1';
}
