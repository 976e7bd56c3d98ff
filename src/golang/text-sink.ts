import type { NumberText } from './number.js';

/** No label or value that means anything is longer; without a bound `{..}` prints a deep document once for every level. */
const MAX_TEXT_LENGTH = 1 << 20;

/** What texts may cost. */
export interface TextBudget {
  /** Throws where there has been enough. */
  spend(characters: number): void;
}

/** Collects text up to a limit. After the first problem it takes no more, and `problem` says what went wrong. */
export class TextSink {
  /** How numbers print; inside JSON `go` rounds digits beyond 2^53. */
  readonly numberText: NumberText;
  readonly #budget: TextBudget | undefined;
  text = '';
  problem: string | undefined;
  /** Whether that is the problem. */
  isTooLong = false;

  /** `budget` is charged for every character. */
  constructor(numberText: NumberText, budget?: TextBudget) {
    this.numberText = numberText;
    this.#budget = budget;
  }

  write(piece: string): void {
    if (this.problem !== undefined) return;
    this.#budget?.spend(piece.length);
    if (this.text.length + piece.length > MAX_TEXT_LENGTH) {
      this.isTooLong = true;
      this.problem = `the text is longer than ${MAX_TEXT_LENGTH} characters`;
    } else {
      this.text += piece;
    }
  }

  fail(problem: string): void {
    this.problem ??= problem;
  }
}
