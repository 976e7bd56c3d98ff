import type { Evaluation, PlaygroundInput } from '../../model/playground.js';
import { playgroundFormats } from '../../model/playground.js';
import { escapeHtml } from './html.js';
import { renderPage } from './page.js';
import { renderEvaluation } from './playground-results.js';

/** Where the script and the stylesheet of the playground are. */
export const PLAYGROUND_SCRIPT_PATH = '/playground/script.js';
export const PLAYGROUND_STYLE_PATH = '/playground/style.css';

/** What the playground shows before anybody has typed. */
export interface PlaygroundFacts {
  readonly version: string;
  /** In front of every path, as clients see it. */
  readonly prefix: string;
  /** What the editors have in them. */
  readonly start: Pick<PlaygroundInput, 'document' | 'mapping'>;
  /** What may be requested; undefined where nothing may be. */
  readonly request: PlaygroundRequests | undefined;
  /** The file that can be saved, with what it was when it was read. */
  readonly file: PlaygroundFile | undefined;
  /** Further pages, by their paths. */
  readonly links: readonly (readonly [path: string, title: string])[];
}

export interface PlaygroundRequests {
  /** The names of modules that say how to request; the first one is chosen. */
  readonly modules: readonly string[];
  /** The names of targets, as suggestions. */
  readonly targets: readonly string[];
  /** Whose credentials go along, in a sentence. */
  readonly credentials: string;
}

export interface PlaygroundFile {
  readonly name: string;
  /** The digest of the text that is on disk; the file can be saved only while it is that. */
  readonly digest: string;
  readonly isWritable: boolean;
}

/** Of the names that are suggested. */
const MAX_LISTED = 200;

export const EXAMPLE: Pick<PlaygroundInput, 'document' | 'mapping'> = {
  document: `{
  "warehouse": "north",
  "items": [
    { "sku": "LAMP", "count": 18, "price": "12.50" },
    { "sku": "RUG", "count": 0, "price": "89.00" },
    { "sku": "VASE", "count": null, "price": "25.00" }
  ]
}
`,
  mapping: `metrics:
  - name: stock_items
    help: Items in stock.
    type: object
    valuetype: gauge
    path: '{.items[*]}'
    labels:
      sku: '{.sku}'
      warehouse: { path: '{.warehouse}', from: root }
    value: '{.count}'
`,
};

/** The playground, with the results of an input where there is one. Works without scripts, by its button. */
export function renderPlaygroundPage(
  facts: PlaygroundFacts,
  given?: { readonly input: PlaygroundInput; readonly evaluation: Evaluation },
): string {
  const input = given?.input ?? { ...facts.start, module: '', format: 'text' as const };
  const { prefix } = facts;
  return renderPage({
    title: 'zxp: playground',
    prefix,
    style: PLAYGROUND_STYLE_PATH,
    script: PLAYGROUND_SCRIPT_PATH,
    main: `<h1>Playground <small>${escapeHtml(facts.version)}</small></h1>
${renderNavigation(facts)}
<p>A document and a mapping, and the metrics that a scrape makes of them. Nothing is kept.</p>
<form id="playground" method="post" action="${escapeHtml(prefix)}/playground/evaluate" data-prefix="${escapeHtml(prefix)}">
<div class="inputs">
<section aria-labelledby="document-title">
<h2 id="document-title"><label for="document">Document</label></h2>
${renderRequest(facts.request)}
<div class="editor"><textarea id="document" name="document" rows="16" wrap="off" spellcheck="false" autocomplete="off" autocapitalize="off" placeholder="JSON that the API gives">
${escapeHtml(input.document)}</textarea></div>
${facts.request === undefined ? '' : `<p class="hint" data-needs-script hidden>${escapeHtml(facts.request.credentials)}</p>`}
</section>
<section aria-labelledby="mapping-title">
<h2 id="mapping-title"><label for="mapping">Mapping</label></h2>
<div class="tools" data-needs-script hidden>
<button type="button" id="infer">Propose from the document</button>
<label>named <input id="infer-name" class="name" value="api" maxlength="63" autocomplete="off" spellcheck="false"></label>
<span id="infer-status" role="status"></span>
</div>
<div class="editor"><textarea id="mapping" name="mapping" rows="16" wrap="off" spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="mapping-keys" placeholder="A module, or a whole file: YAML or JSON">
${escapeHtml(input.mapping)}</textarea></div>
<p class="help" id="key-help" data-needs-script hidden></p>
<p class="hint" id="mapping-keys" data-needs-script hidden>Ctrl+Space suggests keys and values, Escape closes the list.</p>
</section>
</div>
<div class="tools">
<label id="module-choice">Module <select id="module" name="module">${renderModules(given?.evaluation.modules ?? [], input.module)}</select></label>
<label>Format <select id="format" name="format">${renderOptions(playgroundFormats, input.format)}</select></label>
<button id="evaluate">Evaluate</button>
${renderSave(facts.file)}
<button type="button" id="link" data-needs-script hidden>Link to this</button>
<span id="tool-status" role="status"></span>
</div>
<p id="link-place" hidden><label>Link <input id="link-text" readonly size="60"></label> <span id="link-notes"></span></p>
</form>
<noscript><p>Without JavaScript: press <em>Evaluate</em> to see the results.</p></noscript>
<section aria-labelledby="results-title">
<h2 id="results-title">Result</h2>
<p id="summary" role="status"></p>
${given === undefined ? '<div id="results"></div>' : renderEvaluation(given.evaluation)}
</section>`,
  });
}

/** The results alone, for the script of the page. */
export function renderResultsDocument(evaluation: Evaluation): string {
  return `<!doctype html><html lang="en"><title>results</title><body>${renderEvaluation(evaluation)}</body></html>`;
}

function renderNavigation({ links, prefix }: PlaygroundFacts): string {
  if (links.length === 0) return '';
  const items = links.map(([path, title]) => `<a href="${escapeHtml(prefix + path)}">${escapeHtml(title)}</a>`);
  return `<nav aria-label="Pages">${items.join('\n')}</nav>`;
}

function renderRequest(request: PlaygroundRequests | undefined): string {
  if (request === undefined) return '';
  const targets = request.targets.slice(0, MAX_LISTED).map((name) => `<option value="${escapeHtml(name)}"></option>`);
  return `<div class="tools" data-needs-script hidden>
<label>Target <input id="target" list="targets" autocomplete="off" spellcheck="false" placeholder="a name or a URL"></label>
<datalist id="targets">${targets.join('')}</datalist>
<label>as the module <select id="request-module"><option value="">usual</option>${renderOptions(request.modules.slice(0, MAX_LISTED), '')}</select></label>
<button type="button" id="request">Request now</button>
<span id="request-status" role="status"></span>
</div>`;
}

function renderSave(file: PlaygroundFile | undefined): string {
  if (file === undefined) return '';
  const name = escapeHtml(file.name);
  if (!file.isWritable) return `<span>${name} is read-only here: <code>--write</code> lets it be saved.</span>`;
  return `<button type="button" id="save" data-digest="${escapeHtml(file.digest)}" data-needs-script hidden>Save ${name}</button>`;
}

function renderModules(names: readonly string[], chosen: string): string {
  return `<option value="">usual</option>${renderOptions(names.slice(0, MAX_LISTED), chosen)}`;
}

function renderOptions(names: readonly string[], chosen: string): string {
  return names
    .map((name) => {
      const selected = name === chosen ? ' selected' : '';
      return `<option value="${escapeHtml(name)}"${selected}>${escapeHtml(name)}</option>`;
    })
    .join('');
}
