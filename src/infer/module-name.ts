const MODULE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/;
/** Those that zxp has itself. */
export const BUILT_IN = /^(zot|flatten)$/i;

/** Why a name cannot be that of a module; undefined where it can. */
export function findNameProblem(name: string): string | undefined {
  if (!MODULE_NAME.test(name)) return 'must be at most 63 letters, digits, _, - and ., with a letter or _ first';
  return BUILT_IN.test(name) ? `${name} is a built-in module: choose another name` : undefined;
}
