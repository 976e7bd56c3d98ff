import type { PlaygroundInput, ShareableInput } from '../model/playground.js';
import { Editor, type Mark } from './editor.js';
import { MAX_FRAGMENT_LENGTH, packState, unpackState } from './link-state.js';
import { SchemaLookup } from './schema-lookup.js';
import { Suggestions } from './suggestions.js';

/** How long somebody stops typing before the server evaluates. */
const PAUSE_MS = 350;
const BUSY_RETRY_MS = 1500;

/** An element of the page, which the server wrote. */
function find<T extends Element>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}

function findIfThere<T extends Element>(id: string, type: new () => T): T | undefined {
  const element = document.getElementById(id);
  return element instanceof type ? element : undefined;
}

const form = find('playground', HTMLFormElement);
const prefix = form.dataset.prefix ?? '';
const documentEditor = new Editor(find('document', HTMLTextAreaElement));
const mappingEditor = new Editor(find('mapping', HTMLTextAreaElement));
const moduleSelect = find('module', HTMLSelectElement);
const formatSelect = find('format', HTMLSelectElement);
const summary = find('summary', HTMLElement);
const toolStatus = find('tool-status', HTMLElement);
const saveButton = findIfThere('save', HTMLButtonElement);

function readInput(): PlaygroundInput {
  const format = (['text', 'openmetrics', 'openmetrics2'] as const).find((each) => each === formatSelect.value);
  return {
    document: documentEditor.text,
    mapping: mappingEditor.text,
    module: moduleSelect.value,
    format: format ?? 'text',
  };
}

/** Evaluates what is there after a pause, one evaluation at a time; what is typed meanwhile is evaluated next. */
function createEvaluator() {
  let timer = 0;
  let underWay: XMLHttpRequest | undefined;
  const evaluate = () => {
    underWay?.abort();
    const request = new XMLHttpRequest();
    underWay = request;
    request.open('POST', `${prefix}/playground/evaluate`);
    request.setRequestHeader('content-type', 'application/json');
    request.setRequestHeader('x-zxp-results', '1');
    request.addEventListener('readystatechange', () => {
      if (request.readyState !== XMLHttpRequest.HEADERS_RECEIVED) return;
      // The browser parses results, and runs none of them. Errors are plain text.
      request.responseType = request.status === 200 ? 'document' : 'text';
    });
    request.addEventListener('load', () => {
      const found = request.status === 200 ? request.responseXML?.getElementById('results') : undefined;
      if (found instanceof Element) showResults(found);
      else if (request.status === 503) schedule(BUSY_RETRY_MS);
      else showFailure(request.status === 200 ? 'error: no results' : request.responseText);
    });
    request.addEventListener('error', () => showFailure('error: the server does not respond'));
    request.send(JSON.stringify(readInput()));
  };
  const schedule = (pauseMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(evaluate, pauseMs);
    document.getElementById('results')?.classList.add('stale');
  };
  return { evaluate, schedule };
}

const evaluator = createEvaluator();

function showResults(received: Element): void {
  const results = document.importNode(received, true);
  const old = find('results', HTMLElement);
  const isOpen = old.querySelector('details')?.open === true;
  old.replaceWith(results);
  const details = results.querySelector('details');
  if (details !== null) details.open = isOpen;
  const outcome = results.querySelector<HTMLElement>('[data-summary]');
  announce(summary, outcome?.dataset.summary ?? '');
  mappingEditor.mark(readMarks(results));
  if (results instanceof HTMLElement) showModules(results.dataset.modules ?? '[]');
}

function readMarks(results: Element): readonly Mark[] {
  return [...results.querySelectorAll<HTMLElement>('li[data-severity]')].map((item) => ({
    line: Number(item.querySelector<HTMLElement>('[data-line]')?.dataset.line ?? 1),
    severity: item.dataset.severity === 'error' ? 'error' : 'warning',
    message: item.querySelector('span')?.textContent ?? '',
  }));
}

function showModules(json: string): void {
  const names: unknown = JSON.parse(json);
  const wanted = ['', ...(Array.isArray(names) ? names.map(String) : [])];
  find('module-choice', HTMLElement).hidden = wanted.length < 3;
  if ([...moduleSelect.options].map((option) => option.value).join('\n') === wanted.join('\n')) return;
  const chosen = moduleSelect.value;
  moduleSelect.replaceChildren(...wanted.map((name) => new Option(name === '' ? 'usual' : name, name)));
  moduleSelect.value = wanted.includes(chosen) ? chosen : '';
}

function showFailure(text: string): void {
  const paragraph = document.createElement('p');
  paragraph.className = 'outcome';
  paragraph.textContent = text;
  const results = document.createElement('div');
  results.id = 'results';
  results.append(paragraph);
  find('results', HTMLElement).replaceWith(results);
  announce(summary, text);
}

/** A text that is there already is not read out again. */
function announce(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

/** Sends an action, and gives what came of it. Throws the text of an error. */
async function send(
  path: string,
  fields?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${prefix}/playground/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fields ?? {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim().replaceAll('\n', '; '));
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Has a button do something, and its status say what came of it. */
function onPress(button: HTMLButtonElement | undefined, status: HTMLElement, act: () => Promise<string>): void {
  button?.addEventListener('click', async () => {
    button.disabled = true;
    status.textContent = 'Working…';
    try {
      status.textContent = await act();
    } catch (thrown) {
      status.textContent = thrown instanceof Error ? thrown.message : String(thrown);
    }
    button.disabled = false;
    button.focus();
  });
}

function fields(): Readonly<Record<string, string>> {
  return { ...readInput() };
}

async function requestTarget(): Promise<string> {
  const query = new URLSearchParams();
  const target = find('target', HTMLInputElement).value.trim();
  const module = find('request-module', HTMLSelectElement).value;
  if (target !== '') query.set('target', target);
  if (module !== '') query.set('module', module);
  const { document: text } = await send(`request?${query}`);
  documentEditor.replaceAll(typeof text === 'string' ? text : '');
  return `Received ${documentEditor.text.length} characters.`;
}

async function infer(): Promise<string> {
  const { mapping } = await send('infer', { ...fields(), name: find('infer-name', HTMLInputElement).value.trim() });
  mappingEditor.replaceAll(String(mapping));
  return 'Proposed; undo brings the mapping back.';
}

async function makeLink(): Promise<string> {
  const shared = await send('share', fields());
  const [document, mapping] = [shared.document, shared.mapping];
  const state = { ...readInput(), document: String(document ?? ''), mapping: String(mapping ?? '') };
  const fragment = await packState(state);
  if (fragment.length > MAX_FRAGMENT_LENGTH) {
    const size = Math.ceil(fragment.length / 1024);
    throw new Error(
      `Too large for a link: ${size} KiB, the maximum is ${MAX_FRAGMENT_LENGTH / 1024} KiB. Take a smaller document.`,
    );
  }
  const url = new URL(`${prefix}/playground`, location.href);
  url.hash = fragment;
  const place = find('link-text', HTMLInputElement);
  place.value = url.href;
  find('link-place', HTMLElement).hidden = false;
  const leftOut: ShareableInput['leftOut'] = Array.isArray(shared.leftOut) ? shared.leftOut.map(String) : [];
  find('link-notes', HTMLElement).textContent = leftOut.length === 0 ? '' : `Not in the link: ${leftOut.join(', ')}.`;
  place.select();
  return 'The link is below, and selected.';
}

async function save(): Promise<string> {
  const { digest } = await send('save', { ...fields(), digest: saveButton?.dataset.digest ?? '' });
  if (saveButton !== undefined) saveButton.dataset.digest = String(digest);
  return 'Saved.';
}

function goToPlace(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-line]') : null;
  if (link === null) return;
  event.preventDefault();
  mappingEditor.goTo(Number(link.dataset.line), Number(link.dataset.column));
}

async function start(): Promise<void> {
  for (const element of document.querySelectorAll<HTMLElement>('[data-needs-script]')) element.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    evaluator.evaluate();
  });
  for (const { area } of [documentEditor, mappingEditor])
    area.addEventListener('input', () => evaluator.schedule(PAUSE_MS));
  for (const select of [moduleSelect, formatSelect]) select.addEventListener('change', () => evaluator.evaluate());
  document.addEventListener('click', goToPlace);
  onPress(
    findIfThere('request', HTMLButtonElement),
    findIfThere('request-status', HTMLElement) ?? toolStatus,
    requestTarget,
  );
  onPress(findIfThere('link', HTMLButtonElement), toolStatus, makeLink);
  onPress(saveButton, toolStatus, save);
  onPress(findIfThere('infer', HTMLButtonElement), find('infer-status', HTMLElement), infer);
  await restore();
  window.addEventListener('hashchange', () => void restore());
  evaluator.evaluate();
  const schema = await fetch(`${prefix}/playground/schema.json`);
  if (schema.ok)
    new Suggestions(mappingEditor, {
      lookup: new SchemaLookup(await schema.json()),
      help: find('key-help', HTMLElement),
    });
}

/** Takes over the state of a link. */
async function restore(): Promise<void> {
  const state = await unpackState(location.hash);
  if (state === undefined) return;
  formatSelect.value = state.format ?? 'text';
  if (state.document !== undefined) documentEditor.text = state.document;
  if (state.mapping !== undefined) mappingEditor.text = state.mapping;
}

void start();
