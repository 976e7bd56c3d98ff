import { vi } from 'vitest';
import { Section } from '../../src/config/section.js';

/** By the path of a section of a file, the keys that its reader asked for, each with the words that it may be. */
export type AskedKeys = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** What the readers of the file of this name ask for while `run` has them read it. */
export async function recordAskedKeys(file: string, run: () => unknown): Promise<AskedKeys> {
  const asked = new Map<string, Map<string, readonly string[]>>();
  const note = (section: Section, key: string, words: readonly string[] = []) => {
    const [place = '', ...path] = section.where.split(': ');
    if (place.replace(/:\d+:\d+$/, '') !== file) return;
    const keys = asked.get(path.join(': ')) ?? new Map<string, readonly string[]>();
    asked.set(path.join(': '), keys.set(key, [...(keys.get(key) ?? []), ...words]));
  };
  const { take, takeAny, section, read } = Section.prototype;
  const spies = [
    vi.spyOn(Section.prototype, 'take').mockImplementation(function (this: Section, key) {
      note(this, key);
      return take.call(this, key);
    }),
    vi.spyOn(Section.prototype, 'takeAny').mockImplementation(function (this: Section, key) {
      note(this, key);
      return takeAny.call(this, key);
    }),
    vi.spyOn(Section.prototype, 'section').mockImplementation(function (this: Section, key) {
      note(this, key);
      return section.call(this, key);
    }),
    vi.spyOn(Section.prototype, 'read').mockImplementation(function (this: Section, key, kind) {
      note(this, key, kind.words);
      return read.call(this, key, kind);
    }),
  ];
  try {
    await run();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return asked;
}
