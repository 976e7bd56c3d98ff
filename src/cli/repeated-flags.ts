import type { Command } from 'commander';
import { settingRows } from '../config/settings.js';
import { agentSettingRows, tunnelSettings } from '../config/tunnel/settings.js';
import { type Problem, ZxpError } from '../model/errors.js';

/** Flags of settings: who reads the settings counts them. */
const ofSettings: ReadonlySet<string> = new Set(
  [...settingRows, ...agentSettingRows, ...Object.values(tunnelSettings)].map(({ name }) => `--${name}`),
);

/** Refuses flags of commands that take one value and are given several times, as flags of settings are refused. */
export function refuseRepeatedFlags(program: Command): void {
  const counts = new Map<string, number>();
  for (const command of program.commands) {
    for (const option of command.options) {
      const { long } = option;
      const isRepeatable = option.parseArg !== undefined && option.argChoices === undefined;
      if (long == null || !option.required || isRepeatable || ofSettings.has(long)) continue;
      command.on(`option:${option.name()}`, () => counts.set(long, (counts.get(long) ?? 0) + 1));
    }
  }
  program.hook('preAction', () => {
    const problems: Problem[] = [...counts]
      .filter(([, count]) => count > 1)
      .map(([where, count]) => ({ where, message: `given ${count} times`, hint: 'keep one' }));
    if (problems.length > 0) throw new ZxpError('config', 'flags are repeated', { problems });
  });
}
