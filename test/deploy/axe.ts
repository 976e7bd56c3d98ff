import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** How people see a page. */
export const looks = {
  'light and wide': { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  'dark and wide': { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  'light and 375 px wide': { colorScheme: 'light', viewport: { width: 375, height: 667 } },
  'dark and 375 px wide': { colorScheme: 'dark', viewport: { width: 375, height: 667 } },
} as const;

/** The names of the rules by what axe says of them. */
export async function askAxe(page: Page): Promise<{ violations: string[]; incomplete: string[]; passes: string[] }> {
  await page.evaluate(axe);
  return await page.evaluate(`axe.run().then((report) => Object.fromEntries(
    ['violations', 'incomplete', 'passes'].map((kind) => [kind, report[kind].map((rule) => rule.id)])))`);
}
