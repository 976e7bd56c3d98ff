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

/** The bytes in one piece: the very same where they are. */
export function joinBytes(bytes: Bytes): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  const joined = new Uint8Array(countBytes(bytes));
  let at = 0;
  for (const piece of bytes.pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
