import { escapeHtml } from './html.js';

/** What the landing page says: nothing that a scrape's caller sent or got. */
export interface LandingFacts {
  readonly version: string;
  readonly upstream: string;
  readonly module: string;
  readonly telemetryPath: string;
  readonly lifecycle: boolean;
}

/** The page at `/`: what is exported, and where everything is. Works without scripts, dark and on a narrow screen. */
export function renderLanding(facts: LandingFacts): string {
  const links = [
    [facts.telemetryPath, `the metrics of ${facts.upstream}, with your own credentials`],
    ['/-/metrics', "zxp's own metrics"],
    ['/-/config', 'the configuration in force'],
    ['/-/healthy', 'liveness'],
    ['/-/ready', 'readiness'],
  ] as const;
  const rows = links.map(([path, meaning]) => {
    const href = escapeHtml(path);
    return `<li><a href="${href}"><code>${href}</code></a> <span>${escapeHtml(meaning)}</span></li>`;
  });
  const reload = facts.lifecycle ? '<p><code>POST /-/reload</code> loads the configuration again.</p>' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>zxp</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>zxp <small>${escapeHtml(facts.version)}</small></h1>
<p>Exports <strong>${escapeHtml(facts.upstream)}</strong> through the module <strong>${escapeHtml(facts.module)}</strong>.
Whoever scrapes it sends their own credentials; zxp passes them on and keeps none.</p>
<ul>
${rows.join('\n')}
</ul>
${reload}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0; padding: 2rem 1.25rem; }
main { max-width: 42rem; margin: 0 auto; }
h1 { font-size: 1.75rem; margin: 0 0 1rem; }
small { font-size: 1rem; font-weight: normal; }
ul { list-style: none; padding: 0; }
li { padding: .5rem 0; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
li span { display: block; }
strong { overflow-wrap: anywhere; }
code { font-size: .95em; }
`;
