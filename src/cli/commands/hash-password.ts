import type { Cli } from '../cli.js';

/** `zxp hash-password`: the bcrypt hash of a password from standard input; exit code 2 for one that will not do. */
export function addHashPasswordCommand({ program, context, run }: Cli): void {
  program
    .command('hash-password')
    .usage('< FILE')
    .description('Print the bcrypt hash, for basic_auth_users, of a password from standard input.')
    .action(() =>
      run(async () => {
        const { readPassword } = await import('../read-password.js');
        const { hashPassword } = await import('../../app/password-hash.js');
        context.stdout.write(`${hashPassword(await readPassword(context))}\n`);
        return 0;
      }),
    );
}
