/** The command line of the bench. */
import { parseArgs } from 'node:util';

export const optionsHelp = `usage: npm run bench -- [OPTION...]

  --short         few rounds and small sizes: shows that everything runs, judges nothing
  --only REGEX    only the figures whose name matches
  --json FILE     write the results, each round of them, as JSON
  --compare FILE  show each figure as a ratio to the one in an earlier JSON
  -h, --help      this
`;

/** Throws with exit code 2 and a hint where the command line is wrong. */
export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        short: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        json: { type: 'string' },
        compare: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return { ...values, only: new RegExp(values.only, 'i') };
  } catch (cause) {
    throw Object.assign(new Error(cause.message), { hint: 'npm run bench -- --help', exitCode: 2 });
  }
}
