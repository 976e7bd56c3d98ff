import { escapeControls } from '../net/control-characters.js';

/** Longer texts are cut. */
const MAX_CHARACTERS = 600;

/** A text for one line of a terminal: what an upstream put into it does nothing there. */
export function toLine(text: string): string {
  const line = escapeControls(text);
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS)}...`;
}
