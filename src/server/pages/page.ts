import type { RequestHandler, Response } from 'express';
import { escapeHtml } from './html.js';
import { STYLE } from './style.js';

/** What a page loads: the stylesheet of its own origin, and nothing else. Its forms lead to its own origin. */
const POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** Where the stylesheet is. */
export const STYLE_PATH = '/-/style.css';

export interface Page {
  readonly title: string;
  /** HTML: whatever is not zxp's own in it is escaped. */
  readonly main: string;
  /** In front of every path, as clients see it. */
  readonly prefix: string;
  /** Whether it is a page of text, in a column. */
  readonly isNarrow?: boolean;
}

/** A whole document. */
export function renderPage({ title, main, prefix, isNarrow = false }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(prefix + STYLE_PATH)}">
</head>
<body>
<main${isNarrow ? ' class="narrow"' : ''}>
${main}
</main>
</body>
</html>
`;
}

/** Sends a page under a policy that lets it load nothing but its stylesheet. */
export function sendPage(response: Response, page: string): void {
  // In addition to one that the operator set: both apply.
  response.appendHeader('content-security-policy', POLICY);
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page);
}

/** Serves the stylesheet. */
export const styleRoute: RequestHandler = (_request, response) => {
  response.setHeader('content-type', 'text/css; charset=utf-8');
  response.end(STYLE);
};
