import type { FuzzTarget } from '../target.js';
import { documentTargets } from './documents.js';
import { expositionTargets } from './exposition.js';
import { headerTargets } from './headers.js';
import { languageTargets } from './languages.js';
import { wireTargets } from './wire.js';

export const targets: readonly FuzzTarget[] = [
  ...documentTargets,
  ...languageTargets,
  ...headerTargets,
  ...wireTargets,
  ...expositionTargets,
];
