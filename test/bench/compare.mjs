/** Reads the JSON of an earlier run, for the ratio of each figure to what it was then. */
import { readFileSync } from 'node:fs';

/** The medians of ours by figure name, and where they come from. Throws with exit code 2 where the file is none of ours. */
export function readComparison(path) {
  const { commit, date, mode, figures } = readJson(path);
  const medians = new Map(figures.flatMap(({ name, ours }) => (ours === undefined ? [] : [[name, ours.median]])));
  return { label: `${commit} of ${date} (${mode})`, medians };
}

function readJson(path) {
  try {
    const run = JSON.parse(readFileSync(path, 'utf8'));
    if (Array.isArray(run.figures)) return run;
    throw new Error('there are no figures in it');
  } catch (cause) {
    const hint = 'npm run bench -- --json FILE writes one';
    throw Object.assign(new Error(`${path} cannot be compared to: ${cause.message}`), { hint, exitCode: 2 });
  }
}
