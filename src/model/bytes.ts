/** Bytes in one piece or, where they are many, in several, so that the memory of each can be given back by itself. */
export type Bytes = Uint8Array | BytePieces;

/** Pieces one behind the other. All but the last one have the same length. */
export interface BytePieces {
  readonly pieces: readonly Uint8Array[];
}

/** The pieces, in their order. */
export function listPieces(bytes: Bytes): readonly Uint8Array[] {
  return bytes instanceof Uint8Array ? [bytes] : bytes.pieces;
}

/** How many bytes there are. */
export function countBytes(bytes: Bytes): number {
  return bytes instanceof Uint8Array ? bytes.length : bytes.pieces.reduce((length, piece) => length + piece.length, 0);
}

/** The same in memory of its own: a view on the buffer of a socket would keep all of that. */
export function copyBytes(bytes: Bytes): Bytes {
  return mapPieces(bytes, (piece) => new Uint8Array(piece));
}

/** The same with each of its pieces changed. */
export function mapPieces(bytes: Bytes, change: (piece: Uint8Array) => Uint8Array): Bytes {
  return bytes instanceof Uint8Array ? change(bytes) : { pieces: bytes.pieces.map(change) };
}

/** The bytes in one piece: the very same where they are. `onCopied` is told of each piece that was copied. */
export function joinBytes(bytes: Bytes, onCopied?: (piece: Uint8Array) => void): Uint8Array {
  const pieces = listPieces(bytes);
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(countBytes(bytes));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
    onCopied?.(piece);
  }
  return joined;
}

/** A text of UTF-8 behind its byte order mark, if it has one. */
export function skipByteOrderMark(text: Uint8Array): Uint8Array {
  return startsWithByteOrderMark(text) ? text.subarray(3) : text;
}

export function startsWithByteOrderMark(text: Uint8Array): boolean {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf;
}

/** The text of bytes that are ASCII. */
export function readLatin1({ buffer, byteOffset }: Uint8Array, start: number, ...[end]: [end: number]): string {
  return Buffer.from(buffer, byteOffset + start, end - start).toString('latin1');
}

const WORD_BYTES = 4;

/** Whether the bytes at two places of the same memory are the same. */
export function areSame(view: DataView, left: number, ...[right, length]: [right: number, length: number]): boolean {
  if (length < WORD_BYTES) {
    for (let i = 0; i < length; i++) if (view.getUint8(left + i) !== view.getUint8(right + i)) return false;
    return true;
  }
  const lastWord = length - WORD_BYTES;
  for (let i = 0; i < lastWord; i += WORD_BYTES) {
    if (view.getInt32(left + i) !== view.getInt32(right + i)) return false;
  }
  return view.getInt32(left + lastWord) === view.getInt32(right + lastWord);
}
