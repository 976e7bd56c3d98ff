import type { Problem } from '../model/errors.js';
import type { AuthSpec, BudgetSpec, ModuleSpec, TargetSpec } from '../model/module.js';
import { builtInModules, isBuiltIn, PRESET_PREFIX, presetNames } from '../model/presets.js';
import { findNearest } from './nearest.js';
import { isName } from './quotable.js';
import type { Findings } from './yaml-cursor.js';

interface Named {
  readonly targets: readonly TargetSpec[];
  readonly modules: ReadonlyMap<string, ModuleSpec>;
  readonly auths: ReadonlyMap<string, AuthSpec>;
  readonly budgets: ReadonlyMap<string, BudgetSpec>;
  readonly findings: Findings;
}

/** Refuses names that no module or auth has, a name that two targets have, and an auth that may go nowhere. */
export function checkReferences(named: Named): void {
  checkTargets(named);
  checkAuths(named);
  checkBudgets(named);
}

function checkTargets({ targets, modules, auths, findings: { problems } }: Named): void {
  const places = new Map<string, string>();
  for (const { name, module, auth, where, nameWhere = where, moduleWhere = where, authWhere = where } of targets) {
    const before = places.get(name);
    if (before !== undefined)
      problems.push({ where: nameWhere, message: `name already used at ${before}`, hint: 'rename one' });
    else places.set(name, nameWhere);
    if (auth !== undefined && !auths.has(auth))
      problems.push(unknownName({ where: authWhere, what: 'auth', known: auths.keys() }, auth));
    if (modules.has(module) || isBuiltIn(module) || presetNames.includes(module)) continue;
    problems.push(
      unknownName(
        {
          where: moduleWhere,
          what: 'module',
          known: module.startsWith(PRESET_PREFIX) ? presetNames : [...builtInModules, ...modules.keys()],
        },
        module,
      ),
    );
  }
}

/** An auth goes to the origins in its `allow` and to targets that name it: one with neither goes nowhere. */
function checkAuths({ modules, targets, auths, findings }: Named): void {
  let isMisspelt = targets.some(({ auth }) => auth !== undefined && !auths.has(auth));
  for (const { auth, where, authWhere = where } of modules.values()) {
    if (auth === undefined || auths.has(auth)) continue;
    isMisspelt = true;
    findings.problems.push(unknownName({ where: authWhere, what: 'auth', known: auths.keys() }, auth));
  }
  // Where a name is misspelt, this auth may be the one that was meant.
  if (isMisspelt) return;
  for (const { name, where, allow } of auths.values()) {
    if (allow !== undefined || targets.some((target) => target.auth === name)) continue;
    const hint = 'list the origins that it may go to: allow: ["https://api.example"], or name it in targets';
    findings.problems.push({ where, message: 'needs allow or a target that names it', hint });
  }
}

function checkBudgets({ modules, budgets, findings }: Named): void {
  for (const { policy, where, budgetWhere = where } of modules.values()) {
    const { budget } = policy;
    if (typeof budget !== 'string' || budgets.has(budget)) continue;
    findings.problems.push(unknownName({ where: budgetWhere, what: 'budget', known: budgets.keys() }, budget));
  }
}

function unknownName(
  { where, what, known }: { readonly where: string; readonly what: string; readonly known: Iterable<string> },
  name: string,
): Problem {
  const names = [...known];
  const nearest = findNearest(name, names);
  const list = names.length === 0 ? `there are no ${what}s` : `known: ${names.join(', ')}`;
  const message = isName(name) ? `unknown ${what} "${name}"` : `unknown ${what}`;
  return { where, message, hint: nearest === undefined ? list : `did you mean ${nearest}?` };
}
