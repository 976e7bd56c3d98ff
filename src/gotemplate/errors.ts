/**
 * Why a template was refused at start or could not be rendered, and where in its source: `line` and `column` count from
 * 1, columns in UTF-16 code units. The message is lower case; no text of a parameter is in it unless the template's own
 * `fail` puts it there.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly line: number;
  readonly column: number;
  readonly hint: string | undefined;

  constructor(message: string, place: { line: number; column: number; hint?: string | undefined }) {
    super(message);
    this.line = place.line;
    this.column = place.column;
    this.hint = place.hint;
  }
}

/** What went wrong, from code that does not know where in the source it is; becomes a TemplateError on its way out. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The error for a failure at offset `at` of the source. */
export function errorAt(source: string, at: number, failure: { message: string; hint?: string | undefined }) {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return new TemplateError(failure.message, { line, column, hint: failure.hint });
}
