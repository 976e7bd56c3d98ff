import { describe, expect, test } from 'vitest';
import { isRefusedAddress, isRefusedHost } from '../../src/net/blocked-addresses.js';

describe('isRefusedAddress', () => {
  test.each([
    '169.254.0.0',
    '169.254.169.254',
    '169.254.170.2',
    '169.254.255.255',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    'fe80::1',
    'fe80::a9fe:a9fe',
    'FE80::1',
    'fe80::1%eth0',
    'fe80::1%25eth0',
    'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:42::42',
    'fd00:a9fe:a9fe::1',
    'fd00:100::100:200',
    '169.254.42.42',
    '169.254.0.23',
  ])('refuses %s', (address) => {
    expect(isRefusedAddress(address)).toBe(true);
  });

  test.each([
    ['mapped', '::ffff:169.254.169.254'],
    ['mapped, in hex', '::ffff:a9fe:a9fe'],
    ['mapped, in full', '0:0:0:0:0:ffff:a9fe:a9fe'],
    ['mapped, with a zone', '::ffff:169.254.169.254%lo'],
    ['mapped, of another cloud', '::ffff:100.100.100.200'],
    ['compatible', '::169.254.169.254'],
    ['translated', '::ffff:0:169.254.169.254'],
    ['NAT64', '64:ff9b::169.254.169.254'],
    ['NAT64, in hex', '64:ff9b::a9fe:a9fe'],
    ['NAT64, of another cloud', '64:ff9b::c000:c0'],
    ['local NAT64, at its end', '64:ff9b:1::169.254.169.254'],
    ['local NAT64, around the octet of zeros', '64:ff9b:1:a9fe:a9:fe00::'],
    ['6to4', '2002:a9fe:a9fe::'],
    ['6to4, with a host', '2002:a9fe:a9fe::1'],
    ['6to4, of another cloud', '2002:6464:64c8::1'],
    ['Teredo, its server', '2001:0:a9fe:a9fe::'],
    ['Teredo, its client', '2001:0:4136:e378:8000:63bf:5601:5601'],
  ])('refuses an IPv6 address that carries one: %s', (_, address) => {
    expect(isRefusedAddress(address)).toBe(true);
  });

  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '169.253.255.255',
    '169.255.0.0',
    '100.100.100.201',
    '168.63.129.17',
    '::1',
    '::',
    'fec0::1',
    'fd00:ec3::254',
    'fd20:ce::253',
    '2001:db8::a9fe:a9fe',
    '2001:1:a9fe:a9fe::',
    '2003:a9fe:a9fe::',
    '::ffff:10.0.0.1',
    '64:ff9b::8.8.8.8',
    '64:ff9c::a9fe:a9fe',
    '2606:4700::1111',
  ])('lets %s through', (address) => {
    expect(isRefusedAddress(address)).toBe(false);
  });

  test.each(['', 'localhost', '169.254.169', '169.254.169.254.', '::g', '1:2'])(
    'refuses what is no address: %j',
    (text) => {
      expect(isRefusedAddress(text)).toBe(true);
    },
  );
});

describe('isRefusedHost', () => {
  const spellings = [
    ['plain', 'http://169.254.169.254/'],
    ['a port', 'http://169.254.169.254:80/'],
    ['a dot at the end', 'http://169.254.169.254./'],
    ['decimal', 'http://2852039166/'],
    ['hexadecimal', 'http://0xa9fea9fe/'],
    ['octal', 'http://0251.0376.0251.0376/'],
    ['octal with more zeros', 'http://000000251.0376.0251.0376/'],
    ['mixed', 'http://0xa9.254.0251.254/'],
    ['two parts', 'http://169.16689662/'],
    ['three parts', 'http://169.254.43518/'],
    ['full width', 'http://１６９.２５４.１６９.２５４/'],
    ['ideographic dots', 'http://169。254。169。254/'],
    ['circled digits', 'http://①⑥⑨.254.169.254/'],
    ['percent encoded', 'http://%31%36%39.254.169.254/'],
    ['mapped', 'http://[::ffff:169.254.169.254]/'],
    ['mapped in hex', 'http://[::ffff:a9fe:a9fe]/'],
    ['compatible', 'http://[::169.254.169.254]/'],
    ['NAT64', 'http://[64:ff9b::169.254.169.254]/'],
    ['6to4', 'http://[2002:a9fe:a9fe::1]/'],
    ['link-local', 'http://[fe80::1]/'],
    ['in capitals', 'http://[FE80::1]/'],
    ['in full', 'http://[fe80:0000:0000:0000:0000:0000:0000:0001]/'],
    ["Amazon's", 'http://[fd00:ec2::254]/'],
    ["Amazon's, with zeros", 'http://[fd00:0ec2::0254]/'],
    ["Alibaba's, decimal", 'http://1684301000/'],
    ["Oracle's", 'http://192.0.0.192/'],
    ["Azure's, hexadecimal", 'http://0xa83f8110/'],
    ["Oracle's IPv6", 'http://[fd00:c1:0:0::a9fe:a9fe]/'],
    ["Scaleway's IPv6", 'http://[FD00:0042::0042]/'],
    ["Google's name", 'http://metadata.google.internal/'],
    ["Google's name in capitals, with a dot at its end", 'http://METADATA.google.INTERNAL./'],
    ["Google's name, percent encoded", 'http://metadata%2Egoogle%2Einternal/'],
    ["Amazon's name", 'http://instance-data/'],
    ["Tencent's name", 'http://metadata.tencentyun.com/'],
    ['behind a user', 'http://example.org@169.254.169.254/'],
  ] as const;

  test.each(spellings)('refuses the host of a URL: %s', (_, url) => {
    expect(isRefusedHost(new URL(url).hostname)).toBe(true);
  });

  test.each(spellings.filter(([name]) => name !== 'behind a user' && name !== 'a port'))(
    'refuses the same before a URL has seen it: %s',
    (_, url) => {
      expect(isRefusedHost(url.slice('http://'.length, -1))).toBe(true);
    },
  );

  test.each(['[fe80::1%25eth0]', '[fe80::1%eth0]', 'fe80::1%eth0', '169.254.169.254..', '169.254.169.254%2e'])(
    'refuses %s, which is no host of a URL',
    (host) => {
      expect(isRefusedHost(host)).toBe(true);
    },
  );

  test.each([
    'localhost',
    'metadata.google.internal.example.org',
    'my-metadata',
    '169.254.169.254.example.org',
    '169-254-169-254.example.org',
    'fe80',
    'example.org',
    'example.org.',
    '127.0.0.1',
    '[::1]',
    '0.0.0.0',
    '',
  ])('lets %j through', (host) => {
    expect(isRefusedHost(host)).toBe(false);
  });
});

test.each([
  ['dots', '.'.repeat(31_000)],
  ['dots before a letter', `${'.'.repeat(31_000)}a`],
  ['dots between letters', 'a.'.repeat(30_000)],
  ['percent signs', '%'.repeat(60_000)],
  ['brackets', `[${'['.repeat(60_000)}`],
  ['colons', `[${':'.repeat(60_000)}]`],
  ['digits', '1'.repeat(60_000)],
])('60 KB of %s are judged at once', (_, host) => {
  const startMs = performance.now();
  isRefusedHost(host);
  isRefusedAddress(host);
  expect(performance.now() - startMs).toBeLessThan(200);
});
