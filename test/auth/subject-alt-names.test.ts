import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { listAltNames } from '../../src/auth/subject-alt-names.js';
import { makeAuthority } from '../support/certificate-authority.js';

const authority = makeAuthority();

const list = (altNames: string) => listAltNames(new X509Certificate(authority.issue('subject', { altNames }).cert));

describe('the names of a certificate', () => {
  test('are its DNS names, mail addresses, IP addresses and URIs', () => {
    const altNames = 'DNS:*.a.example,email:a@b.example,IP:192.0.2.1,URI:spiffe://trust/a,RID:1.2.3.4';
    expect(list(altNames)).toEqual(['*.a.example', 'a@b.example', '192.0.2.1', 'spiffe://trust/a']);
  });

  test('are addresses in their one form', () => {
    expect(list('IP:2001:DB8:0:0:0:0:0:1')).toEqual(['2001:db8::1']);
  });

  test('are not made of what is inside another', () => {
    expect(listAltNames({ subjectAltName: 'DNS:"a, DNS:admin", URI:"x\\", DNS:admin"' })).toEqual([
      'a, DNS:admin',
      'x", DNS:admin',
    ]);
  });

  test('are none where there are none', () => {
    expect(listAltNames({ subjectAltName: undefined })).toEqual([]);
  });
});
