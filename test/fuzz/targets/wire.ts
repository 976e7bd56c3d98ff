import { isDeepStrictEqual } from 'node:util';
import { ZxpError } from '../../../src/model/errors.js';
import { ChunkAssembler } from '../../../src/tunnel/protocol/chunks.js';
import type { Codec } from '../../../src/tunnel/protocol/codec.js';
import { FrameReader, frameMessage } from '../../../src/tunnel/protocol/framing.js';
import * as messages from '../../../src/tunnel/protocol/messages.js';
import { decodeStatusMessage, encodeStatusMessage, parseGrpcTimeout } from '../../../src/tunnel/protocol/status.js';
import { listRecordings, messagesOf, readRecording } from '../../support/tunnel/recordings.js';
import { type FuzzTarget, hold } from '../target.js';

const MAX_MESSAGE_BYTES = 4096;

/** The messages in bytes that come in pieces of this size, or the error that ends them. */
function readFrames(bytes: Buffer, pieceBytes: number): readonly string[] {
  const reader = new FrameReader(MAX_MESSAGE_BYTES);
  const found: string[] = [];
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      for (const message of reader.push(bytes.subarray(at, at + pieceBytes))) {
        found.push(Buffer.from(message).toString('latin1'));
      }
    }
    found.push(reader.isInsideMessage ? 'inside' : 'end');
  } catch (thrown) {
    if (!(thrown instanceof ZxpError)) throw thrown;
    found.push(thrown.code);
  }
  return found;
}

const frame = (message: Uint8Array) => Buffer.concat([...frameMessage(message)]);

/** Frames are the same in pieces of any size. */
const frames: FuzzTarget = {
  name: 'frames',
  seeds: [
    frame(Buffer.from('0a0131', 'hex')),
    Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.from('0a01311a03617070', 'hex'))]),
  ],
  words: [
    '\u0000',
    '\u0001',
    '\u0000\u0000\u0000\u0000\u0000',
    '\u0000\u0000\u0000\u0000\u0003abc',
    '\u0000\u0000\u0000\u0010',
    '\u007f',
  ],
  run: (input) => {
    const whole = readFrames(input, Math.max(1, input.length));
    for (const size of [1, 3, 7]) hold(isDeepStrictEqual(readFrames(input, size), whole), 'frames differ in pieces');
  },
};

const codecs: readonly Codec<object>[] = [
  messages.registerAgentRequest,
  messages.registerAgentResponse,
  messages.registerPathRequest,
  messages.registerPathResponse,
  messages.unregisterPathRequest,
  messages.agentInfo,
  messages.pathMapSizeResponse,
  messages.scrapeRequest,
  messages.scrapeResponse,
  messages.chunkedScrapeResponse,
  messages.empty,
] as never;

/** Bytes of an agent or proxy are a message that survives being written, or are refused; chunks never count too much. */
const protobuf: FuzzTarget = {
  name: 'protobuf',
  seeds: listRecordings()
    .flatMap((name) => messagesOf(readRecording(name.slice(0, 2))))
    .filter(({ hex }) => hex.length > 0 && hex.length < 1000)
    .slice(0, 400)
    .map(({ hex }) => Buffer.from(hex, 'hex')),
  words: [
    '\u0008\u0001',
    '\u0012\u00011',
    '\u001a\u0003app',
    '\u0020',
    '\u004a\u0000',
    '\u0052\u0001x',
    '\u007f',
    '\u0000',
    '%20',
    '10S',
    '99999999u',
  ],
  run: (input) => {
    for (const codec of codecs) {
      let decoded: object;
      try {
        decoded = codec.decode(input);
      } catch (thrown) {
        if (!(thrown instanceof ZxpError) || thrown.code !== 'protocol') throw thrown;
        continue;
      }
      const written = Buffer.from(codec.encode(decoded));
      hold(written.equals(codec.encode(codec.decode(written))), 'a message changes when it is written');
      if (codec === (messages.chunkedScrapeResponse as never)) assemble(decoded as messages.ChunkedScrapeResponse);
    }
    const text = input.toString('latin1');
    parseGrpcTimeout(text);
    decodeStatusMessage(text);
    const encoded = encodeStatusMessage(input.toString());
    hold(/^[\x20-\x7e]*$/.test(encoded), 'a status message has a character that no header has');
    const decodedText = decodeStatusMessage(encoded);
    hold(decodeStatusMessage(encodeStatusMessage(decodedText)) === decodedText, 'a status message changes');
  },
};

function assemble({ part }: messages.ChunkedScrapeResponse): void {
  if (part?.kind !== 'chunk') return;
  const assembler = new ChunkAssembler(messages.scrapeResponse.create(), 100);
  assembler.add(part.chunk);
  hold(assembler.size <= 100, 'chunks are kept above their limit');
}

export const wireTargets = [frames, protobuf];
