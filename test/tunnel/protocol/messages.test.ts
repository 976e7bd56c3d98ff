import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZxpError } from '../../../src/model/errors.js';
import type { Codec } from '../../../src/tunnel/protocol/codec.js';
import {
  chunkedScrapeResponse,
  registerAgentRequest,
  registerPathRequest,
  registerPathResponse,
  scrapeRequest,
  scrapeResponse,
} from '../../../src/tunnel/protocol/messages.js';
import { proxyService } from '../../../src/tunnel/protocol/methods.js';
import { runs } from '../../support/runs.js';
import { messagesOf, type RecordedMessage, readRecording } from '../../support/tunnel/recordings.js';

const utf8 = (text: string) => Buffer.from(text);
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

const methods = new Map<string, { request: Codec<never>; response: Codec<never> }>(
  Object.entries(proxyService) as never,
);

function codecOf({ method, sender }: RecordedMessage): Codec<never> {
  const { request, response } = methods.get(method)!;
  return sender === 'agent' ? request : response;
}

describe('the messages of the wire', () => {
  const head = {
    validResponse: true,
    agentId: '1',
    scrapeId: 7n,
    statusCode: 200,
    failureReason: '',
    url: '',
    contentType: 'text/plain',
    zipped: true,
  };

  test.each([
    [
      'RegisterAgentRequest',
      registerAgentRequest.encode(
        registerAgentRequest.create({
          agentId: '1',
          launchId: 'L',
          agentName: 'a',
          hostName: 'h',
          consolidated: true,
          proxyEndpoints: ['p:50051'],
          currentEndpointIndex: 1,
        }),
      ),
      '0a013112014c1a016122016830013a07703a35303035314001',
    ],
    [
      'RegisterPathRequest',
      registerPathRequest.encode({
        agentId: '1',
        path: 'm',
        labels: '{}',
        targetUrl: 'http://x/m',
        pathSource: 'STATIC',
      }),
      '0a013112016d1a027b7d220a687474703a2f2f782f6d2a06535441544943',
    ],
    [
      'RegisterPathResponse with a path_id of -1',
      registerPathResponse.encode({ valid: false, reason: 'r', pathCount: 0, pathId: -1n }),
      '12017220ffffffffffffffffff01',
    ],
    [
      'ScrapeRequest with a scrape_id of 0',
      scrapeRequest.encode(
        scrapeRequest.create({
          agentId: '1',
          path: 'm',
          accept: '*/*',
          encodedQueryParams: 'a=1',
          authHeader: 'Bearer t',
        }),
      ),
      '0a01311a016d22032a2f2a3203613d313a084265617265722074',
    ],
    [
      'ScrapeResponse of a failure, whose empty text is set',
      scrapeResponse.encode(
        scrapeResponse.create({ agentId: '1', statusCode: 404, content: { form: 'text', bytes: utf8('') } }),
      ),
      '1201312094034a00',
    ],
    [
      'ScrapeResponse',
      scrapeResponse.encode({ ...head, zipped: false, content: { form: 'text', bytes: utf8('up 1\n') } }),
      '0801120131180720c8013a0a746578742f706c61696e4a05757020310a',
    ],
    [
      'the header of a response in chunks',
      chunkedScrapeResponse.encode({ part: { kind: 'header', header: head } }),
      '0a180801120131180720c8013a0a746578742f706c61696e4001',
    ],
    [
      'a chunk',
      chunkedScrapeResponse.encode({
        part: {
          kind: 'chunk',
          chunk: { scrapeId: 7n, count: 1, byteCount: 4, checksum: 3984772369n, bytes: utf8('abcd') },
        },
      }),
      '121208071001180420919a8bec0e2a0461626364',
    ],
    [
      'a summary',
      chunkedScrapeResponse.encode({
        part: { kind: 'summary', summary: { scrapeId: 7n, chunkCount: 1, byteCount: 4, checksum: 3984772369n } },
      }),
      '1a0c08071001180420919a8bec0e',
    ],
  ])('%s has the golden bytes', (_name, bytes, hex) => {
    expect(hexOf(bytes)).toBe(hex);
  });

  test('every message of the real pair decodes, and encodes to the same bytes', () => {
    const numbers = Array.from({ length: 19 }, (_, i) => String(i + 1).padStart(2, '0'));
    const messages = messagesOf(numbers.flatMap(readRecording));
    expect(messages.length).toBeGreaterThan(100);
    const changed = messages.filter((message) => {
      const codec = codecOf(message);
      return hexOf(codec.encode(codec.decode(fromHex(message.hex)))) !== message.hex;
    });
    expect(changed).toEqual([]);
  });

  test('messages that were made by hand, with defaults on the wire, mean the same after encoding', () => {
    const messages = messagesOf(readRecording('20'));
    expect(messages.length).toBeGreaterThan(100);
    for (const message of messages) {
      const codec = codecOf(message);
      const decoded = codec.decode(fromHex(message.hex));
      expect(codec.decode(codec.encode(decoded))).toEqual(decoded);
    }
  });

  test('a scrape_id survives at both ends of its range', () => {
    for (const scrapeId of [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -1n]) {
      expect(scrapeRequest.decode(scrapeRequest.encode(scrapeRequest.create({ scrapeId }))).scrapeId).toBe(scrapeId);
    }
  });

  test('fields of a later version are skipped, whatever their wire type', () => {
    const known = scrapeRequest.encode(scrapeRequest.create({ agentId: '1', path: 'm' }));
    const later = fromHex('a00601a206027878a50601020304a1060102030405060708');
    expect(scrapeRequest.decode(Buffer.concat([later, known, later]))).toEqual(
      scrapeRequest.create({ agentId: '1', path: 'm' }),
    );
  });

  test('a known field of another wire type is skipped', () => {
    expect(scrapeRequest.decode(fromHex('0801'))).toEqual(scrapeRequest.create());
  });

  test('of two contents the last one counts', () => {
    const both = Buffer.concat([
      scrapeResponse.encode(scrapeResponse.create({ content: { form: 'text', bytes: utf8('a') } })),
      scrapeResponse.encode(scrapeResponse.create({ content: { form: 'gzip', bytes: utf8('b') } })),
    ]);
    expect(scrapeResponse.decode(both).content).toMatchObject({ form: 'gzip' });
  });

  test('text that is not UTF-8 is refused', () => {
    expect(() => scrapeRequest.decode(fromHex('0a01ff'))).toThrow(ZxpError);
  });

  test('more repeated values than anybody sends are refused', () => {
    const endpoints = Buffer.alloc(2 * 1001, fromHex('3a00'));
    expect(() => registerAgentRequest.decode(endpoints)).toThrow(ZxpError);
  });

  test('arbitrary bytes either decode or fail with a ZxpError, for every message', () => {
    const codecs = [...methods.values()].flatMap(({ request, response }) => [request, response]);
    fc.assert(
      fc.property(fc.constantFrom(...codecs), fc.uint8Array({ maxLength: 64 }), (codec, bytes) => {
        try {
          codec.encode(codec.decode(bytes));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ZxpError);
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test('a scrape request survives encoding, whatever is in it', () => {
    const text = fc.string({ unit: 'binary' });
    const request = fc.record({
      agentId: text,
      scrapeId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      path: text,
      accept: text,
      debugEnabled: fc.boolean(),
      encodedQueryParams: text,
      authHeader: text,
    });
    fc.assert(
      fc.property(request, (message) => {
        expect(scrapeRequest.decode(scrapeRequest.encode(message))).toEqual(message);
      }),
    );
  });
});
