/** No label or value that means anything is longer; without a bound `{..}` prints a deep document once for every level. */
const MAX_TEXT_LENGTH = 1 << 20;

export interface TextStyle {
  /** Whether numbers print as Go prints them: `%v` alone, digits beyond 2^53 rounded in JSON. */
  readonly strictNumbers: boolean;
}

/** Collects text up to a limit. After the first problem it takes no more, and `problem` says what went wrong. */
export class TextSink {
  readonly style: TextStyle;
  text = '';
  problem: string | undefined;

  constructor(style: TextStyle) {
    this.style = style;
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
