import type { HoconValue } from './resolve.js';
import { HoconError, type Position } from './syntax.js';

const MAX_DEPTH = 64;

interface Level {
  readonly at: Position;
  text: string | undefined;
  readonly inner: Map<string, Level>;
}

/** Reads Java properties as lightbend/config does: dots part levels, and a level wins over a text. Throws HoconError. */
export function readProperties(text: string): HoconValue & { readonly kind: 'object' } {
  const root: Level = { at: { line: 1, column: 1 }, text: undefined, inner: new Map() };
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    const at = { line: i + 1, column: 1 };
    let line = (lines[i] ?? '').trimStart();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (endsInBackslash(line) && i + 1 < lines.length) line = line.slice(0, -1) + (lines[++i] ?? '').trimStart();
    const [, key = '', value = ''] = /^((?:[^\\=:\s]|\\.)*)\s*[=:]?\s*(.*)$/s.exec(line) ?? [];
    assign(root, { path: decodeEscapes(key).split('.'), text: decodeEscapes(value), at });
  }
  return { kind: 'object', at: root.at, fields: toFields(root) };
}

/** An odd number of them: an even one is backslashes that are escaped. */
function endsInBackslash(line: string): boolean {
  let count = 0;
  while (line.at(-1 - count) === '\\') count++;
  return count % 2 === 1;
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function decodeEscapes(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code?: string, letter = '') =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function assign(
  root: Level,
  { path, text, at }: { readonly path: readonly string[]; readonly text: string; readonly at: Position },
): void {
  if (path.length > MAX_DEPTH) throw new HoconError(`nests deeper than ${MAX_DEPTH} levels`, at);
  let level = root;
  for (const name of path) {
    let next = level.inner.get(name);
    if (next === undefined) {
      next = { at, text: undefined, inner: new Map() };
      level.inner.set(name, next);
    }
    level = next;
  }
  level.text = text;
}

function toFields({ inner }: Level): ReadonlyMap<string, HoconValue> {
  return new Map(
    [...inner].map(([name, level]) => {
      const { at, text } = level;
      const value: HoconValue =
        level.inner.size > 0 || text === undefined
          ? { kind: 'object', fields: toFields(level), at }
          : { kind: 'text', text, isQuoted: false, at };
      return [name, value];
    }),
  );
}
