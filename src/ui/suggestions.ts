import type { Editor } from './editor.js';
import type { SchemaLookup, Suggestion } from './schema-lookup.js';
import { findContext, type YamlContext } from './yaml-context.js';

const MAX_SHOWN = 60;
const LIST_ID = 'suggestions';

/**
 * Keys and values of the schema as somebody types, in a listbox that the textarea points to: arrows choose, Enter and Tab
 * take, Escape closes. And what the key at the caret, or under the pointer, means.
 */
export class Suggestions {
  readonly #editor: Editor;
  readonly #lookup: SchemaLookup;
  readonly #help: HTMLElement;
  readonly #list = document.createElement('ul');
  #shown: readonly Suggestion[] = [];
  #context: YamlContext = { path: [], position: 'key', prefix: '' };
  #selected = 0;

  constructor(editor: Editor, { lookup, help }: { readonly lookup: SchemaLookup; readonly help: HTMLElement }) {
    this.#editor = editor;
    this.#lookup = lookup;
    this.#help = help;
    this.#list.id = LIST_ID;
    this.#list.className = 'suggestions';
    this.#list.setAttribute('role', 'listbox');
    this.#list.setAttribute('aria-label', 'Suggestions');
    // It scrolls; the focus never gets there, as the list closes where the focus leaves the textarea.
    this.#list.tabIndex = 0;
    this.#list.hidden = true;
    editor.pane.closest('.editor')?.append(this.#list);
    const { area } = editor;
    area.setAttribute('aria-autocomplete', 'list');
    area.setAttribute('aria-controls', LIST_ID);
    area.addEventListener('keydown', (event) => this.#press(event), { capture: true });
    area.addEventListener('input', (event) => {
      if (event instanceof InputEvent && /^insertText|^deleteContent/.test(event.inputType)) this.#open(false);
      else this.close();
    });
    area.addEventListener('blur', () => this.close());
    area.addEventListener('scroll', () => this.close());
    area.addEventListener('click', () => this.close());
    area.addEventListener('mousemove', (event) => {
      area.title = this.#explain(editor.offsetAt(event));
    });
    document.addEventListener('selectionchange', () => {
      if (document.activeElement === area) this.#showHelp();
    });
    // The caret stays where it is.
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
    this.#list.addEventListener('click', ({ target }) => {
      const item = target instanceof Element ? target.closest('li') : null;
      if (item === null) return;
      this.#selected = [...this.#list.children].indexOf(item);
      this.#take();
    });
  }

  close(): void {
    this.#list.hidden = true;
    this.#editor.area.removeAttribute('aria-activedescendant');
  }

  #open(isWanted: boolean): void {
    const { area, text } = this.#editor;
    const caret = area.selectionStart;
    this.#context = findContext(text, caret);
    const { prefix } = this.#context;
    const isWord = /^[\w.-]*$/.test(prefix) && !/^[\w.-]/.test(text.slice(caret));
    const isDue = isWanted || (prefix !== '' && isWord);
    this.#shown = isDue && isWord ? this.#lookup.suggest(text, this.#context).slice(0, MAX_SHOWN) : [];
    if (this.#shown.length === 0) {
      this.close();
      return;
    }
    this.#list.replaceChildren(
      ...this.#shown.map((suggestion, i) => {
        const item = document.createElement('li');
        item.id = `${LIST_ID}-${i}`;
        item.setAttribute('role', 'option');
        item.textContent = suggestion.text;
        return item;
      }),
    );
    this.#list.hidden = false;
    this.#select(0);
    this.#put(caret - prefix.length);
  }

  /** Below the word, or above it where there is more room. */
  #put(offset: number): void {
    const { left, top } = this.#editor.place(offset);
    const gutter = this.#editor.pane.offsetLeft;
    const width = this.#editor.pane.offsetWidth - this.#list.offsetWidth;
    const room = this.#editor.pane.offsetHeight - top;
    const height = this.#list.offsetHeight;
    this.#list.style.left = `${gutter + Math.max(0, Math.min(left, width))}px`;
    this.#list.style.top = `${room < height && top > height + 20 ? top - height - 20 : Math.min(top, Math.max(0, this.#editor.pane.offsetHeight - height))}px`;
  }

  #press(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      this.#open(true);
      return;
    }
    if (this.#list.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const count = this.#shown.length;
    if (event.key === 'ArrowDown') this.#select((this.#selected + 1) % count);
    else if (event.key === 'ArrowUp') this.#select((this.#selected + count - 1) % count);
    else if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) this.#take();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #select(index: number): void {
    this.#selected = index;
    for (const [i, item] of [...this.#list.children].entries()) item.setAttribute('aria-selected', String(i === index));
    const item = this.#list.children[index];
    item?.scrollIntoView({ block: 'nearest' });
    this.#editor.area.setAttribute('aria-activedescendant', item?.id ?? '');
    const suggestion = this.#shown[index];
    if (suggestion === undefined) return;
    const { path, position } = this.#context;
    const help = position === 'key' ? this.#lookup.explain(this.#editor.text, [...path, suggestion.text]) : undefined;
    if (help !== undefined) this.#write(help.key, [help.description, help.values]);
  }

  #take(): void {
    const suggestion = this.#shown[this.#selected];
    this.close();
    if (suggestion === undefined) return;
    const { position, prefix } = this.#context;
    this.#editor.complete(prefix.length, position === 'key' ? `${suggestion.text}: ` : suggestion.text);
    this.close();
  }

  /** What the key at the caret means. */
  #showHelp(): void {
    if (!this.#list.hidden) return;
    const { area, text } = this.#editor;
    const help = this.#lookup.explain(text, pathAt(text, area.selectionStart));
    if (help === undefined) this.#help.replaceChildren();
    else this.#write(help.key, [help.description, help.values]);
  }

  #write(key: string, texts: readonly string[]): void {
    const code = document.createElement('code');
    code.textContent = key;
    const rest = texts.filter((text) => text !== '').join(' ');
    this.#help.replaceChildren(code, ` ${rest}`);
  }

  #explain(offset: number): string {
    const { text } = this.#editor;
    const help = this.#lookup.explain(text, pathAt(text, offset));
    return help === undefined
      ? ''
      : [`${help.key}:`, help.description, help.values].filter((each) => each !== '').join(' ');
  }
}

/** The way to the key or value that an offset is in. */
function pathAt(text: string, offset: number): readonly string[] {
  const rest = /^[\w-]*/.exec(text.slice(offset))?.[0] ?? '';
  const end = offset + rest.length;
  const { path, position, prefix } = findContext(text, end);
  return position === 'key' && /^\s*:/.test(text.slice(end)) ? [...path, prefix.trim()] : path;
}
