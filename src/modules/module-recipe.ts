import type { ModuleSpec } from '../model/module.js';
import type { TranslatorSpec } from '../translate/translator-spec.js';

/** How a module reads documents, as plain data: all that a worker has to know of it. */
export interface ModuleRecipe extends TranslatorSpec, Partial<Pick<ModuleSpec, 'pages' | 'follow' | 'discover'>> {}
