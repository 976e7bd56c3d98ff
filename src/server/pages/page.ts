import type { RequestHandler, Response } from 'express';
import { escapeHtml } from './html.js';
import { STYLE } from './style.js';

/** What a page loads: the stylesheet of its own origin, and nothing else. Its forms lead to its own origin. */
const POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The same with a script of its own origin, which may send requests there. */
const SCRIPT_POLICY = `${POLICY}; script-src 'self'; connect-src 'self'`;

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
  /** The paths of a further stylesheet and of a script, in their origin. */
  readonly style?: string;
  readonly script?: string;
}

/** A whole document. */
export function renderPage({ title, main, prefix, isNarrow = false, style, script }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(prefix + STYLE_PATH)}">${style === undefined ? '' : `\n<link rel="stylesheet" href="${escapeHtml(prefix + style)}">`}${script === undefined ? '' : `\n<script src="${escapeHtml(prefix + script)}" defer></script>`}
</head>
<body>
<main${isNarrow ? ' class="narrow"' : ''}>
${main}
</main>
</body>
</html>
`;
}

/** Sends a page under a policy that lets it load nothing but its stylesheets, and its script where it has one. */
export function sendPage(response: Response, page: string, { hasScript = false } = {}): void {
  // In addition to one that the operator set: both apply.
  response.appendHeader('content-security-policy', hasScript ? SCRIPT_POLICY : POLICY);
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(page);
}

/** Serves the stylesheet. */
export const styleRoute: RequestHandler = (_request, response) => {
  response.setHeader('content-type', 'text/css; charset=utf-8');
  response.end(STYLE);
};
