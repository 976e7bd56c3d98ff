import { ZxpError } from '../model/errors.js';
import type { TlsFacts } from '../model/fetch-record.js';
import type { UpstreamResponse } from '../model/ports.js';

/** What an upstream answered, or how it failed. */
export interface Answer {
  readonly result: UpstreamResponse | ZxpError;
  readonly tls: TlsFacts | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly cameMs: number;
  /** Until when it is repeated. */
  readonly untilMs: number;
}

const MAX_ANSWERS = 10_000;

/** Answers by their questions. Beyond so many of them, and so many bytes of bodies, those that came first go. */
export class ResponseStore {
  readonly #answers = new Map<string, Answer>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  find(question: string, nowMs: number): Answer | undefined {
    const answer = this.#answers.get(question);
    return answer !== undefined && answer.untilMs > nowMs ? answer : undefined;
  }

  /** Puts an answer in the place of the one before, and lets go of those whose time is over. */
  keep(question: string, answer: Answer, nowMs: number): void {
    this.#drop(question);
    for (const [each, { untilMs }] of this.#answers) if (untilMs <= nowMs) this.#drop(each);
    this.#answers.set(question, answer);
    this.#bytes += countBytes(answer);
    for (const each of this.#answers.keys()) {
      if (this.#bytes <= this.#maxBytes && this.#answers.size <= MAX_ANSWERS) return;
      this.#drop(each);
    }
  }

  #drop(question: string): void {
    const answer = this.#answers.get(question);
    if (answer === undefined) return;
    this.#answers.delete(question);
    this.#bytes -= countBytes(answer);
  }
}

function countBytes({ result }: Answer): number {
  return result instanceof ZxpError ? 0 : result.body.length;
}
