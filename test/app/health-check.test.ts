import { expect, test } from 'vitest';
import { checkHealth } from '../../src/app/health-check.js';
import { startFakeUpstream, startStubUpstream } from '../support/fake-upstream.js';
import { forThisTest } from '../support/for-this-test.js';
import { makeThrowawayCertificates } from '../support/throwaway-certificates.js';

const timeoutMs = 5000;

test('a certificate that is not trusted fails with tls where it is verified', async () => {
  const certificates = makeThrowawayCertificates();
  forThisTest({ close: certificates.remove });
  const server = forThisTest(await startFakeUpstream(undefined, certificates.selfSigned));
  const url = new URL(server.url);
  await expect(checkHealth({ url, timeoutMs, verifiesCertificate: true })).rejects.toMatchObject({ code: 'tls' });
  await expect(checkHealth({ url, timeoutMs, verifiesCertificate: false })).resolves.toBeUndefined();
});

test('a server that speaks no TLS fails with tls, in one line', async () => {
  const { url } = forThisTest(await startStubUpstream((_request, response) => response.end()));
  const question = { url: new URL(url.replace('http:', 'https:')), timeoutMs, verifiesCertificate: false };
  const failed = checkHealth(question);
  await expect(failed).rejects.toMatchObject({
    code: 'tls',
    message: expect.stringMatching(/^request to https:.* failed: .+$/),
  });
});

test('an answer without an end is enough, and its connection is let go', async () => {
  let isLetGo = false;
  const upstream = await startStubUpstream((request, response) => {
    request.socket.once('close', () => {
      isLetGo = true;
    });
    response.writeHead(200).write('first');
  });
  forThisTest(upstream);
  await checkHealth({ url: new URL(upstream.url), timeoutMs, verifiesCertificate: false });
  await expect.poll(() => isLetGo).toBe(true);
});
