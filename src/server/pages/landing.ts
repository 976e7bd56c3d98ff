import { escapeHtml } from './html.js';

/** What the landing page shows: nothing that a caller of a scrape sent or received. */
export interface LandingFacts {
  readonly version: string;
  /** Undefined where there is none, and only /probe has targets. */
  readonly upstream: string | undefined;
  readonly module: string;
  /** Whether the scraper's own credentials go to the upstream. */
  readonly passesCredentials: boolean;
  /** The modules of the config file, and the targets that it names. */
  readonly modules: readonly string[];
  readonly targets: readonly string[];
  readonly telemetryPath: string;
  readonly lifecycle: boolean;
  /** In front of every path, as clients see it. */
  readonly prefix: string;
}

/** The page at `/`: what is exported, with links. Works without scripts, dark and on a narrow screen. */
export function renderLanding(facts: LandingFacts): string {
  const links: readonly (readonly [path: string, meaning: string])[] = [
    ...(facts.upstream === undefined ? [] : [[facts.telemetryPath, `the metrics of ${facts.upstream}`] as const]),
    ...facts.targets.map((name) => [`/probe?target=${encodeURIComponent(name)}`, `the metrics of ${name}`] as const),
    ...(facts.targets.length === 0
      ? []
      : [['/-/targets', "these targets, for Prometheus' service discovery"] as const]),
    ['/-/metrics', "zxp's own metrics"],
    ['/-/config', 'the active configuration'],
    ['/-/healthy', 'liveness'],
    ['/-/ready', 'readiness'],
  ];
  const rows = links.map(([path, meaning]) => {
    const href = escapeHtml(facts.prefix + path);
    return `<li><code><a href="${href}">${href}</a></code> <span>${escapeHtml(meaning)}</span></li>`;
  });
  const reload = facts.lifecycle
    ? `<p><code>POST ${escapeHtml(facts.prefix)}/-/reload</code> reloads the configuration.</p>`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>zxp</title>
<style>${LANDING_STYLE}</style>
</head>
<body>
<main>
<h1>zxp <small>${escapeHtml(facts.version)}</small></h1>
${describeUpstream(facts)}
${describeModules(facts)}
<ul>
${rows.join('\n')}
</ul>
${reload}
</main>
</body>
</html>
`;
}

function describeUpstream({ upstream, module, passesCredentials }: LandingFacts): string {
  if (upstream === undefined) return '';
  const credentials = passesCredentials ? " The scraper's credentials are forwarded to it; zxp keeps none." : '';
  return `<p>Exports <strong>${escapeHtml(upstream)}</strong> with the module <strong>${escapeHtml(module)}</strong>.${credentials}</p>`;
}

function describeModules({ modules }: LandingFacts): string {
  if (modules.length === 0) return '';
  const names = modules.map((name) => `<strong>${escapeHtml(name)}</strong>`).join(', ');
  return `<p>Scrapes other targets with the modules ${names}: <code>/probe?module=MODULE&amp;target=URL</code>.</p>`;
}

/** The style of the page, which the Content-Security-Policy names by its hash. */
export const LANDING_STYLE = `
:root { background: Canvas; color: CanvasText; color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0; padding: 2rem 1.25rem; }
main { max-width: 42rem; margin: 0 auto; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; margin: 0 0 1rem; }
small { font-size: 1rem; font-weight: normal; }
ul { list-style: none; padding: 0; }
li { padding: .5rem 0; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
li code, li span { display: block; }
li a { display: inline-block; }
code { font-size: .95em; }
`;
