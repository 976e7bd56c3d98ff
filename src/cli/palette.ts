import type { TerminalStream } from './context.js';

/** Texts as a terminal shows them. */
export type Palette = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', (text: string) => string>>;

const same = (text: string) => text;
const plain: Palette = { bold: same, dim: same, red: same, green: same, yellow: same };

const color = (start: number, end: number) => (text: string) => `\x1b[${start}m${text}\x1b[${end}m`;
const colored: Palette = {
  bold: color(1, 22),
  dim: color(2, 22),
  red: color(31, 39),
  green: color(32, 39),
  yellow: color(33, 39),
};

/** Colors for a terminal, unless `NO_COLOR` is set (no-color.org) or `TERM` is `dumb`; plain text for anything else. */
export function choosePalette(
  { isTTY }: TerminalStream,
  environment: Readonly<Record<string, string | undefined>>,
): Palette {
  const { NO_COLOR: noColor = '', TERM: terminal } = environment;
  return isTTY === true && noColor === '' && terminal !== 'dumb' ? colored : plain;
}
