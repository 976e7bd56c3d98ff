import type { NumberText } from './number.js';

/** No label or value that means anything is longer; without a bound `{..}` prints a deep document once for every level. */
const MAX_TEXT_LENGTH = 1 << 20;

/** Collects text up to a limit. After the first problem it takes no more, and `problem` says what went wrong. */
export class TextSink {
  /** How numbers print; inside JSON `go` rounds digits beyond 2^53. */
  readonly numberText: NumberText;
  text = '';
  problem: string | undefined;

  constructor(numberText: NumberText) {
    this.numberText = numberText;
  }

  write(piece: string): void {
    if (this.problem !== undefined) return;
    if (this.text.length + piece.length > MAX_TEXT_LENGTH) {
      this.problem = `the text is longer than ${MAX_TEXT_LENGTH} characters`;
    } else {
      this.text += piece;
    }
  }

  fail(problem: string): void {
    this.problem ??= problem;
  }
}
