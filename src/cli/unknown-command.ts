import type { Command } from 'commander';
import { findNearest } from '../config/nearest.js';
import { ZxpError } from '../model/errors.js';
import { maskUserinfo } from '../net/masking.js';

/** Throws `usage` where the first word is neither a flag nor a command: `zxp sevre`. */
export function rejectUnknownCommand(program: Command, args: readonly string[]): void {
  const [first] = args;
  if (first === undefined || first.startsWith('-')) return;
  const names = program.commands.map((command) => command.name());
  if (names.includes(first)) {
    throw new ZxpError('usage', `"${first}" must be the first word`, { hint: `zxp ${first} [FLAG...]` });
  }
  const nearest = findNearest(first, names);
  if (first.includes('://')) throw new ZxpError('usage', 'a URL is not a command', { hint: 'zxp --upstream URL' });
  const hint = nearest === undefined ? `there is ${names.join(', ')}` : `did you mean ${nearest}?`;
  throw new ZxpError('usage', `"${maskUserinfo(first)}" is not a command`, { hint });
}
