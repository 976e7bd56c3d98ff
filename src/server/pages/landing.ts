import { escapeHtml } from './html.js';

/** What the landing page says: nothing that a scrape's caller sent or got. */
export interface LandingFacts {
  readonly version: string;
  /** Undefined where there is none, and only /probe is of use. */
  readonly upstream: string | undefined;
  readonly module: string;
  /** Whether the scraper's own credentials go to the upstream. */
  readonly passesCredentials: boolean;
  /** The modules of the config file, and the targets that it names. */
  readonly modules: readonly string[];
  readonly targets: readonly string[];
  readonly telemetryPath: string;
  readonly lifecycle: boolean;
}

/** The page at `/`: what is exported, and where everything is. Works without scripts, dark and on a narrow screen. */
export function renderLanding(facts: LandingFacts): string {
  const links: readonly (readonly [path: string, meaning: string])[] = [
    ...(facts.upstream === undefined ? [] : [[facts.telemetryPath, `the metrics of ${facts.upstream}`] as const]),
    ...facts.targets.map((name) => [`/probe?target=${encodeURIComponent(name)}`, `the metrics of ${name}`] as const),
    ...(facts.targets.length === 0
      ? []
      : [['/-/targets', "these targets, for Prometheus' service discovery"] as const]),
    ['/-/metrics', "zxp's own metrics"],
    ['/-/config', 'the configuration in force'],
    ['/-/healthy', 'liveness'],
    ['/-/ready', 'readiness'],
  ];
  const rows = links.map(([path, meaning]) => {
    const href = escapeHtml(path);
    return `<li><code><a href="${href}">${href}</a></code> <span>${escapeHtml(meaning)}</span></li>`;
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
  const credentials = passesCredentials
    ? ' Whoever scrapes it sends their own credentials; zxp passes them on and keeps none.'
    : '';
  return `<p>Exports <strong>${escapeHtml(upstream)}</strong> by the module <strong>${escapeHtml(module)}</strong>.${credentials}</p>`;
}

function describeModules({ modules }: LandingFacts): string {
  if (modules.length === 0) return '';
  const names = modules.map((name) => `<strong>${escapeHtml(name)}</strong>`).join(', ');
  return `<p>Asks other targets by the modules ${names}: <code>/probe?module=MODULE&amp;target=URL</code>.</p>`;
}

const STYLE = `
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
