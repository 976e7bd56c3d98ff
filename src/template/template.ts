import { Budget } from './budget.js';
import { evaluate } from './evaluate.js';
import { functionsByName, refusedFunctions } from './functions/table.js';
import { namedZone, utc } from './instant.js';
import { parseTemplate } from './parser.js';
import { Parameters } from './values.js';

export { TemplateError } from './errors.js';
export { type TemplateFunctionRow, templateFunctions } from './functions/table.js';

/** What one rendering may cost where the options do not say: bytes of the result, and units of work (see Budget). */
export const templateLimits = { outputBytes: 1024 * 1024, steps: 1_000_000 } as const;

export interface TemplateOptions {
  readonly now: () => Date;
  /** So many random bytes, for uuidv4 and its like. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** The IANA name of what Go calls Local; the host's zone where it is left out, UTC where it is unknown. */
  readonly timeZone?: string | undefined;
  readonly maxOutputBytes?: number | undefined;
  readonly maxSteps?: number | undefined;
}

/** A compiled template. It keeps nothing of one rendering for the next. */
export interface RequestTemplate {
  /**
   * The text for these query parameters. Throws a TemplateError where the data does not allow it (an index out of range,
   * say) or the result is too large; json_exporter sends the template's source then.
   */
  render(parameters: ReadonlyMap<string, readonly string[]>): string;
}

/**
 * Compiles a template in the language of Go's text/template with functions of sprig (see `templateFunctions`), for a
 * request's body or a header. The dot is the query parameters, a list of texts each; an absent one is an empty list.
 * Throws a TemplateError for what is no template or is not supported.
 */
export function compileTemplate(source: string, options: TemplateOptions): RequestTemplate {
  const { now, randomBytes, maxOutputBytes = templateLimits.outputBytes, maxSteps = templateLimits.steps } = options;
  const program = parseTemplate(source, { functions: functionsByName, refused: refusedFunctions });
  const local = namedZone(options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone) ?? utc;
  return {
    render(parameters) {
      const environment = { now, randomBytes, local, budget: new Budget(maxSteps) };
      return evaluate({ source, program, environment, maxOutputBytes }, new Parameters(parameters));
    },
  };
}
