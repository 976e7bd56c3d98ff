import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ZxpError } from '../model/errors.js';
import type { CliContext } from './context.js';

/** A password from standard input, without the end of its line. A terminal is asked for it, and does not show it. */
export async function readPassword({ stdin, stderr }: Pick<CliContext, 'stdin' | 'stderr'>): Promise<string> {
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true;
  return isTerminal ? askFor(stdin, stderr) : (await text(stdin)).replace(/\r?\n$/, '');
}

async function askFor(stdin: CliContext['stdin'], stderr: CliContext['stderr']): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write('password: ');
  try {
    return await new Promise((resolve, reject) => {
      terminal.once('line', resolve);
      terminal.once('close', () => reject(new ZxpError('usage', 'there is no password')));
    });
  } finally {
    terminal.close();
    stderr.write('\n');
  }
}
