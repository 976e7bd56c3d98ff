import { Writable } from 'node:stream';

/** A stream that keeps what is written to it. */
export class MemoryStream extends Writable {
  #text = '';

  get text(): string {
    return this.#text;
  }

  /** The whole lines so far, without their ends. */
  get lines(): readonly string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk.toString('utf8');
    done();
  }
}
