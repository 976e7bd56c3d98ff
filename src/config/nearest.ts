/** Longer words are not compared: what they cost grows with their length, and nobody mistypes so much. */
const MAX_LENGTH = 100;

/** The candidate that is most like `word`, if one is near enough to be what was meant; for hints. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The hint that asks for the nearest of some words; undefined where none is near. */
export function hintNearest(
  cursor: { readonly text: string | undefined },
  words: Iterable<string>,
): string | undefined {
  const nearest = findNearest(cursor.text ?? '', words);
  return nearest === undefined ? undefined : `did you mean ${nearest}?`;
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replace));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
