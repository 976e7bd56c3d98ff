/** Something that reads what others write. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs to begin with. */
  readonly seeds: readonly (string | Buffer)[];
  /** Pieces of its language. */
  readonly words: readonly string[];
  /** Reads an input. Throws where a contract is broken; errors that the contract has are caught inside. */
  readonly run: (input: Buffer) => void;
}

/** Throws with a message that names what is wrong, and not the input: findings are told apart by it. */
export function hold(isTrue: boolean, what: string): asserts isTrue {
  if (!isTrue) throw new Error(what);
}
