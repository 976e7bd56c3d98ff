import type { Http2Stream } from 'node:http2';
import { ZxpError } from '../../model/errors.js';
import type { Codec } from './codec.js';
import { FrameReader, frameMessage } from './framing.js';

/**
 * Gives the messages of a stream in their order until its sender ends it. Nothing more is taken from the peer while a
 * message is being looked at, so that HTTP/2's flow control holds the sender back. Throws a ZxpError (`protocol`,
 * `too_large`) for what is not a message, and `closed` where the stream ends inside one or is reset.
 */
export async function* readMessages<Message>(
  stream: Http2Stream,
  codec: Codec<Message>,
  maxMessageBytes: number,
): AsyncGenerator<Message, void> {
  const frames = new FrameReader(maxMessageBytes);
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      for (const message of frames.push(chunk)) yield codec.decode(message);
    }
  } catch (cause) {
    if (cause instanceof ZxpError) throw cause;
    throw new ZxpError('closed', 'the stream was reset', { cause });
  }
  if (stream.rstCode !== 0) throw new ZxpError('closed', 'the stream was reset');
  if (frames.isInsideMessage) throw new ZxpError('closed', 'the stream ended inside a message');
}

/** Writes messages to one stream, with back-pressure. */
export class MessageWriter<Message> {
  readonly #stream: Http2Stream;
  readonly #codec: Codec<Message>;
  #drained: Promise<boolean> | undefined;

  constructor(stream: Http2Stream, codec: Codec<Message>) {
    this.#stream = stream;
    this.#codec = codec;
  }

  /** Whether a message that is sent now would wait for the peer to read. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /**
   * Sends a message; resolves once there is room for the next one. Gives false, and sends nothing, where the stream has
   * ended. Never rejects.
   */
  send(message: Message): Promise<boolean> {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.writableEnded) return Promise.resolve(false);
    const [head, body] = frameMessage(this.#codec.encode(message));
    stream.cork();
    stream.write(head);
    if (body.length > 0) stream.write(body);
    stream.uncork();
    return stream.writableNeedDrain ? this.#whenDrained() : Promise.resolve(true);
  }

  #whenDrained(): Promise<boolean> {
    this.#drained ??= new Promise<boolean>((resolve) => {
      const settle = () => {
        this.#stream.off('drain', settle);
        this.#stream.off('close', settle);
        this.#drained = undefined;
        resolve(!this.#stream.destroyed);
      };
      this.#stream.on('drain', settle);
      this.#stream.on('close', settle);
    });
    return this.#drained;
  }
}
