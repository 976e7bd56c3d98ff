import { namedZone, utc } from '../golang/time-zone.js';
import { Budget } from './budget.js';
import { evaluate } from './evaluate.js';
import { functionsByName, refusedFunctions } from './functions/table.js';
import { parseTemplate } from './parser.js';
import { NamedTexts, Parameters, toValue, type Value } from './values.js';

export { TemplateError } from './errors.js';
export { templateFunctions } from './functions/table.js';

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

/** A compiled template over texts that have names. */
export interface TextTemplate {
  /** The text for these. Throws a TemplateError for a name that is not among them, and as above. */
  render(texts: ReadonlyMap<string, string>): string;
}

/**
 * Compiles a template in the language of Go's text/template with functions of sprig (see `templateFunctions`), for a
 * request's body or a header. The dot is the query parameters, a list of texts each; an absent one is an empty list.
 * Throws a TemplateError for what is no template or is not supported.
 */
export function compileTemplate(source: string, options: TemplateOptions): RequestTemplate {
  const render = compile(source, { ...options, isOfParameters: true });
  return { render: (parameters) => render(new Parameters(parameters)) };
}

/** The same with texts by their names for a dot. */
export function compileTextTemplate(source: string, options: TemplateOptions): TextTemplate {
  const render = compile(source, { ...options, isOfParameters: false });
  return { render: (texts) => render(new NamedTexts(texts)) };
}

/** A compiled template over one value of JSON. */
export interface ValueTemplate {
  /** The text for this. Throws a TemplateError for a field that is absent or null, and as above. */
  render(value: unknown): string;
}

/** The same with a value of JSON for a dot. */
export function compileValueTemplate(source: string, options: TemplateOptions): ValueTemplate {
  const render = compile(source, { ...options, isOfParameters: false });
  return { render: (value) => render(toValue(value)) };
}

function compile(source: string, options: TemplateOptions & { readonly isOfParameters: boolean }) {
  const { now, randomBytes, maxOutputBytes = templateLimits.outputBytes, maxSteps = templateLimits.steps } = options;
  const { isOfParameters } = options;
  const program = parseTemplate(source, { functions: functionsByName, refused: refusedFunctions, isOfParameters });
  const local = namedZone(options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone) ?? utc;
  return (data: Value): string => {
    const environment = { now, randomBytes, local, budget: new Budget(maxSteps) };
    return evaluate({ source, program, environment, maxOutputBytes }, data);
  };
}
