import { createLineQuoter } from '../config/excerpt.js';
import { parsePlace } from '../config/place.js';
import type { Problem } from '../model/errors.js';
import { escapeControls, escapeControlsOfLines } from '../net/control-characters.js';
import { readTextFile } from './text-file.js';

/** A problem or a warning, as `zxp check` reports it. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly problem: Problem;
}

/** Writes findings for people: place, message, the line with a caret, and the hint. */
export async function reportFindings(stderr: NodeJS.WritableStream, findings: readonly Finding[]): Promise<void> {
  const quote = createLineQuoter();
  const texts = new Map<string, string>();
  const readLines = async (file: string): Promise<string> => {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const read = await readTextFile(file);
    const text = 'text' in read ? read.text : '';
    texts.set(file, text);
    return text;
  };
  for (const { severity, problem } of findings) {
    const { where, message, hint } = problem;
    stderr.write(`zxp: ${severity}: ${escapeControls(where)}: ${escapeControlsOfLines(message)}\n`);
    const file = parsePlace(where)?.file;
    const excerpt = file === undefined ? undefined : quote(await readLines(file), problem);
    if (excerpt !== undefined)
      stderr.write(`${excerpt.line.split('\t').map(escapeControls).join('\t')}\n${excerpt.caret}\n`);
    if (hint !== undefined) stderr.write(`zxp: hint: ${escapeControlsOfLines(hint)}\n`);
  }
}

/** A finding for CI and editors: its place in parts, where it is in a file. */
export function toJsonFinding({ severity, problem }: Finding) {
  const { where, message, hint } = problem;
  const place = parsePlace(where) ?? { file: null, line: null, column: null, path: where };
  return { severity, ...place, message, hint: hint ?? null };
}
