import type { Problem } from '../model/errors.js';

/** Problems of files in the order of their lines, the files in the order in which they first come up. */
export function orderByLine(problems: readonly Problem[]): readonly Problem[] {
  const files: string[] = [];
  const placed = problems.map((problem) => {
    const [, file = problem.where, line = '0'] = /^(.*?):(\d+)(?::|$)/.exec(problem.where) ?? [];
    if (!files.includes(file)) files.push(file);
    return { problem, file: files.indexOf(file), line: Number(line) };
  });
  return placed.sort((left, right) => left.file - right.file || left.line - right.line).map(({ problem }) => problem);
}
