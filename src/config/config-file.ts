import type { Problem } from '../model/errors.js';
import type { AuthSpec, BudgetSpec, Dialect, ModuleSpec, TargetSpec } from '../model/module.js';
import type { NamedFile } from './section.js';

/** A value that a source has for a setting; `found` is what a message may say of it, `value` itself where absent. */
export interface FoundValue {
  readonly value: unknown;
  readonly where: string;
  readonly found?: string;
}

/** A config file, read: the values of settings, modules, targets and auths, and all that is wrong with them. */
export interface ConfigFile {
  readonly dialect: Dialect;
  /** Why it was taken for a file in that dialect. */
  readonly dialectReason: string;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The value of a key (dots between the levels), or each of a list's where the setting is repeatable. */
  find(key: string, isList: boolean): readonly FoundValue[];
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly targets: readonly TargetSpec[];
  readonly auths: ReadonlyMap<string, AuthSpec>;
  /** Request budgets that modules share. */
  readonly budgets: ReadonlyMap<string, BudgetSpec>;
  /** Files that modules and auths name. */
  readonly namedFiles: readonly NamedFile[];
}

/** A file that sets nothing, be it empty, unreadable, or in another format; with what is given in its place. */
export function emptyConfigFile(given: Partial<ConfigFile> = {}): ConfigFile {
  return {
    dialect: 'zxp',
    dialectReason: '',
    problems: [],
    warnings: [],
    find: () => [],
    modules: new Map(),
    targets: [],
    auths: new Map(),
    budgets: new Map(),
    namedFiles: [],
    ...given,
  };
}
