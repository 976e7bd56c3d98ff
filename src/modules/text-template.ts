import { randomBytes } from 'node:crypto';
import { compileTemplate, TemplateError } from '../gotemplate/template.js';
import { type Problem, ZxpError } from '../model/errors.js';
import type { Dialect, TemplateText } from '../model/module.js';

/** The parameters of a probe: names with all their values. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

export type TextRenderer = (parameters: Parameters) => string;

export interface TextContext {
  readonly problems: Problem[];
  /** In a json_exporter file a text that cannot be rendered is sent as it is, as there. */
  readonly dialect: Dialect;
}

/** Compiles a text that is a template; one that is none becomes a problem. The engine is loaded with this file. */
export function compileRenderer({ text, where }: TemplateText, context: TextContext): TextRenderer {
  try {
    const template = compileTemplate(text, { now: () => new Date(), randomBytes });
    return (parameters) => {
      try {
        return template.render(parameters);
      } catch (thrown) {
        if (context.dialect === 'json_exporter') return text;
        throw toRequestError(thrown, where);
      }
    };
  } catch (thrown) {
    context.problems.push(describe(thrown, where));
    return () => text;
  }
}

function describe(thrown: unknown, where: string): Problem {
  if (!(thrown instanceof TemplateError)) throw thrown;
  const { line, column, message, hint } = thrown;
  return { where, message: `is not a template: ${message} at line ${line}, column ${column}`, hint };
}

function toRequestError(thrown: unknown, where: string): ZxpError {
  const { message, hint } = describe(thrown, where);
  return new ZxpError('request', `the parameters do not fit the template ${where}: ${message}`, {
    cause: thrown,
    hint,
  });
}
