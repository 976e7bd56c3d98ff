import type { Translator } from '../model/ports.js';
import { zotTranslator } from './zot/translate.js';

/** Every JSON format that zxp reads, by the name that `--module` and a module's `translator` use. */
export const translators: ReadonlyMap<string, Translator> = new Map([zotTranslator].map((each) => [each.name, each]));
