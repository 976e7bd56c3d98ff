import { escapeHtml } from './html.js';
import { renderPage } from './page.js';

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

/** The page at `/` without the status page: what is exported, with links. Works without scripts, dark and on a narrow screen. */
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
  const main = `<h1>zxp <small>${escapeHtml(facts.version)}</small></h1>
${describeUpstream(facts)}
${describeModules(facts)}
<ul>
${rows.join('\n')}
</ul>
${reload}`;
  return renderPage({ title: 'zxp', main, prefix: facts.prefix, isNarrow: true });
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
