import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The user documentation as the tests of this folder see it: README.md and docs/*.md.
 *
 * What is in a fence is held to the code by its language:
 *
 * - `console`: run, top to bottom, by `transcripts.test.ts`. A line that begins with `$ ` is a command (`\` at its end
 *   takes the next line in); the lines below it, up to the next command, are the whole of what it prints on either
 *   stream. `...` stands for any text in a line, a line of its own for any lines. `registry:8080` is a registry with
 *   the users of `zxp demo`, whose numbers stand still; `localhost:8081` is zxp in front of it, or the one that the
 *   page started last. Blocks of a page share a folder. `upstream=WORD` after the language gives the registry another
 *   behaviour for this block, one of `upstreams.ts`.
 *   `single` says that the block has one command, and that lines with a `$ ` further down are what it prints.
 * - `yaml` and `json`: read by `examples.test.ts` as what their keys say they are, Prometheus' or zxp's. `file=NAME`
 *   puts it into the page's folder, too; `wrong` says that it must be refused.
 * - `promql`: expressions with blank lines between them, checked by promtool.
 *   `values` says that they are values of the Helm chart, which `test/deploy/docs.test.ts` renders.
 * - `sh` and none: for people alone, but for `helm install`, which `test/deploy/docs.test.ts` renders, too; `wrong` says
 *   that the chart must refuse it, with the lines of the next fence.
 */
export interface Page {
  /** From the root of the repository: `docs/cli.md`. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly fences: readonly Fence[];
  /** The lines outside fences, an empty one for each that is inside. */
  readonly prose: readonly string[];
}

export interface Fence {
  readonly language: string;
  /** What follows the language: `file=zxp.yml`, and words alone with an empty value. */
  readonly options: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
  /** `docs/cli.md:12`, for messages. */
  readonly where: string;
}

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export function listPages(): readonly Page[] {
  const docs = readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort();
  return ['README.md', ...docs.map((name) => `docs/${name}`)].map(readPage);
}

/** Throws where there is no such page. */
export function readPage(path: string): Page {
  const lines = readFileSync(join(repository, path), 'utf8').split('\n');
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: { readonly mark: string; readonly fence: Fence; readonly body: string[] } | undefined;
  lines.forEach((line, i) => {
    const mark = /^(`{3,})(.*)$/.exec(line);
    if (open === undefined && mark !== null) {
      const body: string[] = [];
      open = {
        mark: mark[1] ?? '',
        fence: { ...readInfo(mark[2] ?? ''), lines: body, where: `${path}:${i + 1}` },
        body,
      };
    } else if (open !== undefined && line === open.mark) {
      fences.push(open.fence);
      open = undefined;
    } else if (open !== undefined) {
      open.body.push(line);
    } else {
      prose.push(line);
      return;
    }
    prose.push('');
  });
  if (open !== undefined) throw new Error(`${open.fence.where}: the fence is not closed`);
  return { path, lines, fences, prose };
}

function readInfo(info: string): Pick<Fence, 'language' | 'options'> {
  const [language = '', ...words] = info.trim().split(/\s+/);
  const options = new Map(
    words.map((word) => {
      const [name = '', value = ''] = word.split('=');
      return [name, value] as const;
    }),
  );
  return { language, options };
}

export interface Heading {
  readonly level: number;
  /** Without backticks. */
  readonly text: string;
  /** As GitHub makes it. */
  readonly anchor: string;
  readonly line: number;
}

export function listHeadings(page: Page): readonly Heading[] {
  const seen = new Map<string, number>();
  return page.prose.flatMap((line, i) => {
    const match = /^(#{1,6}) (.*)$/.exec(line);
    if (match === null) return [];
    const text = (match[2] ?? '').replaceAll('`', '');
    const slug = toSlug(text);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return [{ level: match[1]?.length ?? 0, text, anchor: count === 0 ? slug : `${slug}-${count}`, line: i }];
  });
}

function toSlug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** The prose below a heading, up to the next one of its level or above. Throws where there is no such heading. */
export function readSection(
  page: Page,
  anchor: string,
): { readonly lines: readonly string[]; readonly below: string[] } {
  const headings = listHeadings(page);
  const at = headings.findIndex((heading) => heading.anchor === anchor);
  const start = headings[at];
  if (start === undefined) throw new Error(`${page.path} has no heading #${anchor}`);
  const rest = headings.slice(at + 1);
  const end = rest.findIndex((heading) => heading.level <= start.level);
  const within = end < 0 ? rest : rest.slice(0, end);
  return {
    lines: page.prose.slice(start.line + 1, rest[end]?.line),
    below: within.filter((heading) => heading.level === start.level + 1).map((heading) => heading.text),
  };
}

/** A row of a table by the names of its columns, in lower case; cells without the backticks around a whole one. */
export type Row = ReadonlyMap<string, string>;

/** The tables among some lines, one after the other. */
export function listTables(lines: readonly string[]): readonly (readonly Row[])[] {
  const tables: Row[][] = [];
  let columns: readonly string[] | undefined;
  for (const line of lines) {
    const cells = readCells(line);
    if (cells === undefined) {
      columns = undefined;
    } else if (columns === undefined) {
      columns = cells.map((cell) => cell.toLowerCase());
      tables.push([]);
    } else if (!cells.every((cell) => /^-+$/.test(cell))) {
      const names = columns;
      tables.at(-1)?.push(new Map(cells.map((cell, i) => [names[i] ?? '', cell])));
    }
  }
  return tables;
}

/** The one table of a section that has a column of this name. */
export function readTable(page: Page, anchor: string, column: string): readonly Row[] {
  const tables = listTables(readSection(page, anchor).lines).filter((rows) => rows[0]?.has(column) === true);
  const [table] = tables;
  if (table === undefined || tables.length > 1) {
    throw new Error(`${page.path}#${anchor} has ${tables.length} tables with a column "${column}"`);
  }
  return table;
}

export function readColumn(rows: readonly Row[], column: string): readonly string[] {
  return rows.map((row) => row.get(column) ?? '');
}

function readCells(line: string): readonly string[] | undefined {
  if (!/^\|.*\|$/.test(line)) return undefined;
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
}

/** Words in backticks: `a`, `b` gives a and b. */
export function listCodeWords(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

export interface Link {
  readonly target: string;
  readonly where: string;
}

/** Links of the prose, without those in code. */
export function listLinks(page: Page): readonly Link[] {
  return page.prose.flatMap((line, i) =>
    [...line.replace(/`[^`]*`/g, '').matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map((match) => ({
      target: match[1] ?? '',
      where: `${page.path}:${i + 1}`,
    })),
  );
}

/** Where a link of a page leads, from the root of the repository, and the anchor there. */
export function resolveLink(page: Page, target: string): { readonly path: string; readonly anchor: string } {
  const [file = '', anchor = ''] = target.split('#');
  return { path: file === '' ? page.path : posix.normalize(posix.join(dirname(page.path), file)), anchor };
}
