import type { Problem } from '../model/errors.js';

/** A place in a file: line and column count from 1, `path` is empty for the file as a whole. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
}

/** A place as messages have it: `zxp.yml:4:7: modules.stock.metrics[0].type`. */
export function formatPlace({ file, line, column, path }: Place): string {
  const place = `${file}:${line}:${column}`;
  return path === '' ? place : `${place}: ${path}`;
}

/** Reads what `formatPlace` writes; undefined for a place outside a file, such as `--log.level`. */
export function parsePlace(where: string): Place | undefined {
  const [, file = '', line = '', column = '', path = ''] = /^(.*?):(\d+):(\d+)(?:: (.*))?$/s.exec(where) ?? [];
  return file === '' ? undefined : { file, line: Number(line), column: Number(column), path };
}

/** Problems of files in the order of their places, the files in the order in which they first come up. */
export function orderByPlace(problems: readonly Problem[]): readonly Problem[] {
  const files: string[] = [];
  const placed = problems.map((problem) => {
    const { file, line, column } = parsePlace(problem.where) ?? { file: problem.where, line: 0, column: 0 };
    if (!files.includes(file)) files.push(file);
    return { problem, rank: files.indexOf(file), line, column };
  });
  const sorted = placed.sort((a, b) => a.rank - b.rank || a.line - b.line || a.column - b.column);
  return sorted.map(({ problem }) => problem);
}
