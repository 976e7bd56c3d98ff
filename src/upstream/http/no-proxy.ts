import { BlockList, isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { isLoopbackHost } from '../../net/loopback.js';

/** Whether a URL is requested without the proxy. */
export type ProxyBypass = (url: URL) => boolean;

type HostMatcher = (host: string, port: string) => boolean;

/**
 * Reads a list as `NO_PROXY` has it, by the rules of Go's httpproxy (golang.org/x/net/http/httpproxy, Config.NoProxy):
 * names with everything below them, `.name` for what is below alone, addresses, networks, each but the last with a port
 * if it likes, and `*` for all. What cannot be read is passed over. Loopback is always requested without a proxy.
 */
export function parseNoProxy(list: string): ProxyBypass {
  const entries = list.split(',').flatMap((entry) => entry.trim().toLowerCase() || []);
  const matchers = entries.includes('*') ? [() => true] : entries.flatMap((entry) => parseEntry(entry) ?? []);
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return isLoopbackHost(host) || matchers.some((matches) => matches(host, port));
  };
}

function parseEntry(entry: string): HostMatcher | undefined {
  const [, network = '', bits = ''] = /^([0-9a-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) !== 0) return matchNetwork(network, Number(bits));
  const [, bracketed, plain = '', port = ''] = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(entry) ?? [];
  const isWithPort = bracketed !== undefined || plain !== '';
  if (!isWithPort && /^:[^:]*$/.test(entry)) return undefined;
  const host = isWithPort ? (bracketed ?? plain) : entry;
  return isIP(host) === 0 ? matchDomain(host, port) : matchAddress(host, port);
}

function matchNetwork(network: string, bits: number): HostMatcher | undefined {
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  if (bits > (family === 'ipv4' ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return (host) => contains(list, host);
}

function matchAddress(address: string, port: string): HostMatcher {
  const list = new BlockList();
  list.addAddress(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  return (host, askedPort) => contains(list, host) && (port === '' || port === askedPort);
}

function matchDomain(text: string, port: string): HostMatcher {
  const domain = text.replace(/^\*\./, '.');
  const isWithItself = !domain.startsWith('.');
  const plain = isWithItself ? domain : domain.slice(1);
  const ascii = domainToASCII(plain) || plain;
  return (host, askedPort) =>
    (host.endsWith(`.${ascii}`) || (isWithItself && host === ascii)) && (port === '' || port === askedPort);
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
