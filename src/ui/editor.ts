/** A line that something is wrong with. */
export interface Mark {
  readonly line: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** Of the font of editors, in pixels: the stylesheet has the same. */
const LINE_HEIGHT = 20;
const PADDING_TOP = 4;
const PADDING_LEFT = 6;

/** Browsers take long to insert more as if it were typed. */
const MAX_UNDONE_LENGTH = 100_000;

/**
 * A textarea with line numbers and marks: it stays what it is to the keyboard and to screen readers, and what is added is
 * hidden from both.
 */
export class Editor {
  readonly area: HTMLTextAreaElement;
  readonly pane: HTMLElement;
  readonly #numbers = document.createElement('pre');
  readonly #signs = document.createElement('div');
  readonly #marks = document.createElement('div');
  readonly #bars = document.createElement('div');
  #lines = 0;
  #characterWidth: number | undefined;

  constructor(area: HTMLTextAreaElement) {
    this.area = area;
    const gutter = createHidden('gutter');
    const moved = document.createElement('div');
    this.#signs.className = 'signs';
    moved.append(this.#numbers, this.#signs);
    gutter.append(moved);
    this.#marks.className = 'marks';
    this.#marks.setAttribute('aria-hidden', 'true');
    this.#marks.append(this.#bars);
    this.pane = document.createElement('div');
    this.pane.className = 'pane';
    area.replaceWith(gutter, this.pane);
    this.pane.append(this.#marks, area);
    moved.className = 'moved';
    this.#bars.className = 'moved';
    const scroll = () => {
      for (const each of [moved, this.#bars]) each.style.transform = `translateY(${-area.scrollTop}px)`;
    };
    area.addEventListener('scroll', scroll);
    area.addEventListener('input', () => this.#number());
    area.addEventListener('keydown', (event) => this.#indent(event));
    this.#number();
  }

  get text(): string {
    return this.area.value;
  }

  /** Replaces the text, without a way back. */
  set text(text: string) {
    this.area.value = text;
    this.area.dispatchEvent(new Event('input'));
  }

  /** Puts another text in place of all of it, so that it can be undone unless it is long. */
  replaceAll(text: string): void {
    this.area.focus();
    this.area.select();
    if (text.length > MAX_UNDONE_LENGTH) this.text = text;
    else this.#insert(text);
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
  }

  /** Shows which lines have problems. */
  mark(marks: readonly Mark[]): void {
    const worst = new Map<number, Mark>();
    for (const mark of marks) if (worst.get(mark.line)?.severity !== 'error') worst.set(mark.line, mark);
    const bars = [...worst.values()].map((mark) => createBar(mark, ''));
    const signs = [...worst.values()].map((mark) => createBar(mark, mark.severity === 'error' ? '✕' : '!'));
    this.#bars.replaceChildren(...bars);
    this.#signs.replaceChildren(...signs);
  }

  /** Puts the caret at a place, and has it seen. */
  goTo(line: number, column: number): void {
    const lines = this.text.split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const offset = Math.min(this.text.length, start + column - 1);
    this.area.focus();
    this.area.setSelectionRange(offset, offset);
    this.area.scrollTop = Math.max(0, (line - 4) * LINE_HEIGHT);
  }

  /** Puts a text in place of what is in front of the caret, so that it can be undone. */
  complete(length: number, text: string): void {
    const { selectionStart } = this.area;
    this.area.focus();
    this.area.setSelectionRange(selectionStart - length, selectionStart);
    this.#insert(text);
  }

  /** Where an offset is on the page, in pixels within the pane: the lower left of its character. */
  place(offset: number): { readonly left: number; readonly top: number } {
    const before = this.text.slice(0, offset);
    const line = before.split('\n').length;
    const column = before.length - (before.lastIndexOf('\n') + 1);
    return {
      left: PADDING_LEFT + column * this.#width - this.area.scrollLeft,
      top: PADDING_TOP + line * LINE_HEIGHT - this.area.scrollTop,
    };
  }

  /** The offset of the character under the pointer. */
  offsetAt({ offsetX, offsetY }: MouseEvent): number {
    const line = Math.floor((offsetY - PADDING_TOP + this.area.scrollTop) / LINE_HEIGHT);
    const column = Math.floor((offsetX - PADDING_LEFT + this.area.scrollLeft) / this.#width);
    const lines = this.text.split('\n');
    const start = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0);
    return start + Math.min(Math.max(0, column), lines[line]?.length ?? 0);
  }

  get #width(): number {
    if (this.#characterWidth === undefined) {
      const probe = document.createElement('span');
      probe.textContent = 'x'.repeat(100);
      this.#numbers.append(probe);
      this.#characterWidth = probe.getBoundingClientRect().width / 100;
      probe.remove();
    }
    return this.#characterWidth;
  }

  #number(): void {
    const lines = this.text.split('\n').length;
    if (lines === this.#lines) return;
    this.#lines = lines;
    this.#numbers.textContent = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
  }

  /** A new line begins where the one before does; behind a colon that ends it, two further to the right. */
  #indent(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
    const { selectionStart, selectionEnd } = this.area;
    if (selectionStart !== selectionEnd) return;
    const line = this.text.slice(this.text.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
    const [indent = ''] = /^ *(?:- +)?/.exec(line) ?? [];
    const deeper = /[:{[]\s*$/.test(line) ? '  ' : '';
    event.preventDefault();
    this.#insert(`\n${' '.repeat(indent.length)}${deeper}`);
  }

  #insert(text: string): void {
    // The one way that keeps undo; where it is gone, the text is replaced without.
    if (document.execCommand('insertText', false, text)) return;
    this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, 'end');
    this.area.dispatchEvent(new Event('input'));
  }
}

function createHidden(className: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  element.setAttribute('aria-hidden', 'true');
  return element;
}

function createBar({ line, severity, message }: Mark, sign: string): HTMLElement {
  const bar = document.createElement('div');
  bar.className = severity;
  bar.textContent = sign;
  bar.title = message;
  bar.style.top = `${PADDING_TOP + (line - 1) * LINE_HEIGHT}px`;
  return bar;
}
