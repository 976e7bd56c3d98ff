import { compileTemplate, type TemplateOptions } from '../../src/gotemplate/template.js';

/** A fixed clock in UTC, and random bytes that are all zero. */
export const options: TemplateOptions = {
  now: () => new Date('2026-07-04T09:08:07.123Z'),
  randomBytes: (count) => new Uint8Array(count),
  timeZone: 'UTC',
};

export function render(source: string, parameters: Record<string, readonly string[]> = {}): string {
  return compileTemplate(source, options).render(new Map(Object.entries(parameters)));
}
