import { escapeControls } from './control-characters.js';
import { nameOrigin, resolveReference } from './local-url.js';

const MAX_LOCATION_CHARACTERS = 500;

/** What to do about a redirect from this URL, by its `Location` as the trace has it, masked; undefined without one. */
export function adviseRedirect(from: URL, location: string | undefined): string | undefined {
  if (location === undefined || location.trim() === '') return undefined;
  const to = resolveReference(location, from);
  const shown = escapeControls(location.slice(0, MAX_LOCATION_CHARACTERS));
  if (to !== undefined && nameOrigin(to) === nameOrigin(from)) return `it redirects to ${shown}: name that URL`;
  return `it redirects to another origin, ${shown}: name that URL only if the credentials may go there`;
}
