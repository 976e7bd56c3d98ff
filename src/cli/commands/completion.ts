import { Argument } from 'commander';
import type { Cli } from '../cli.js';

/** `zxp completion SHELL`: a script that completes commands, flags and their values. */
export function addCompletionCommand({ program, context, run }: Cli): void {
  program
    .command('completion')
    .usage('bash|zsh|fish')
    .addArgument(new Argument('<SHELL>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']))
    .description('Print a script that completes command lines of zxp in a shell.')
    .action((shell: 'bash' | 'zsh' | 'fish') =>
      run(async () => {
        const { renderCompletion } = await import('../completion.js');
        context.stdout.write(renderCompletion(program, shell));
        return 0;
      }),
    );
}
