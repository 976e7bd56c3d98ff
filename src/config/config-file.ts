import type { Problem } from '../model/errors.js';

/** A config file as a source of settings. */
export interface ConfigFile {
  /** What is wrong with the file apart from the values that `find` gives. */
  readonly problems: readonly Problem[];
  /** The value of a key (dots between the levels), or each of a list's where the setting is repeatable. */
  find(key: string, isList: boolean): readonly { readonly value: unknown; readonly where: string }[];
}

/** A file that sets nothing, be it empty or unreadable. */
export function withoutSettings(problems: readonly Problem[]): ConfigFile {
  return { problems, find: () => [] };
}
