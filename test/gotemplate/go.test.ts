import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileTemplate, TemplateError } from '../../src/gotemplate/template.js';
import { options } from './options.js';

interface Head {
  now: string;
  parameters: Record<string, string[]>;
}
/** `output`, or the stage at which Go gave up; zxp may refuse at start what Go refuses later. */
interface Row {
  template: string;
  zone?: string;
  output?: string;
  error?: 'parse' | 'render';
}

const [head, ...rows] = readFileSync(new URL('go-template.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const { now, parameters }: Head = JSON.parse(head ?? '');

describe('as Go and sprig render it', () => {
  test.each(rows.map((row): Row => JSON.parse(row)))('$template $zone', ({ template, zone, output }) => {
    const render = () => {
      const compiled = compileTemplate(template, { ...options, now: () => new Date(now), timeZone: zone ?? 'UTC' });
      return compiled.render(new Map(Object.entries(parameters)));
    };
    if (output === undefined) expect(render).toThrow(TemplateError);
    else expect(render()).toBe(output);
  });
});
