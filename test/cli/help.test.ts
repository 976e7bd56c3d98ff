import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { settingRows, toVariableName } from '../../src/config/settings.js';
import { createContext } from '../support/cli-context.js';
import { runCommandLine } from '../support/command-line.js';

const COMMANDS = [
  'serve',
  'config',
  'check',
  'scrape',
  'modules',
  'health',
  'hash-password',
  'demo',
  'completion',
  'help',
];

const program = createProgram(createContext(), () => Promise.resolve());

async function help(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommandLine(argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

/** The lines of one flag: its name and what is indented below. */
function findFlag(text: string, name: string): string {
  const start = new RegExp(`^ {2}(-\\w, )?--(\\[no-\\])?${name.replaceAll('.', '\\.')}( <[\\w:]+>)?(\\.\\.\\.)?$`);
  const lines = text.split('\n');
  const index = lines.findIndex((line) => start.test(line));
  expect(index, `help of --${name}`).toBeGreaterThanOrEqual(0);
  const length = lines.slice(index + 1).findIndex((line) => !line.startsWith('      '));
  return lines.slice(index, index + 1 + length).join('\n');
}

test.each(['--version', '-V', '-v'])('zxp %s names zxp and Node', async (flag) => {
  expect(await help(flag)).toBe('zxp 1.2.3 (node v20.0.0)\n');
});

describe('zxp --help', () => {
  test('tells what zxp is, and every command', async () => {
    const text = await help('--help');
    expect(text.split('\n').slice(0, 7)).toEqual([
      "Turns JSON metrics APIs into Prometheus metrics, with the caller's credentials.",
      '',
      'Examples:',
      '  zxp --upstream http://registry:8080',
      '  zxp --config.file zxp.yml --web.listen-address :9100',
      '',
      'Usage: zxp --upstream URL [FLAG...] | COMMAND',
    ]);
    for (const command of COMMANDS) expect(text).toMatch(new RegExp(`^ {2}${command}( .*)?\\n {6}[A-Z].*\\.$`, 'm'));
  });

  test.each(settingRows.map((row) => [row.name, row] as const))(
    'tells of --%s what it means, its variable, its key and its default',
    async (name, row) => {
      const facts = [
        ...(row.default === undefined ? [] : [`default ${row.default}`]),
        `$${toVariableName(row)}`,
        ...(row.key === undefined ? [] : [`key ${row.key}`]),
      ];
      const flag = findFlag(await help('--help'), name);
      expect(flag).toContain(row.help.replace(/\.$/, ''));
      expect(flag.split('\n').at(-1)?.trim()).toBe(facts.join('; '));
      for (const word of row.placeholder === undefined ? [] : (row.kind.words ?? [])) expect(flag).toContain(word);
    },
  );

  test('tells that flags without a value can be turned off, and which may be repeated', async () => {
    const text = await help('--help');
    expect(text).toContain('\n  --[no-]web.enable-lifecycle\n');
    expect(text).toContain('\n  --web.listen-address <ADDRESS>...\n');
  });

  test('groups the flags', async () => {
    const sections = (await help('--help')).match(/^\w.*:$/gm);
    expect(sections).toEqual([
      'Examples:',
      'Flags:',
      'Commands:',
      'Upstream:',
      'Configuration:',
      'Scrapes:',
      'Limits:',
      'Web server:',
      'Log:',
    ]);
  });

  test('is what zxp help says', async () => {
    expect(await help('help')).toBe(await help('--help'));
    expect(await help('-h')).toBe(await help('--help'));
  });

  test.each([80, 100, 250])('fits a terminal of %i columns, and is not wider than 100', async (columns) => {
    const { stdout } = await runCommandLine(['--help'], { columns });
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(Math.min(columns, 100));
  });

  test('breaks no list of variable and key at 80 columns', async () => {
    const { stdout } = await runCommandLine(['--help'], { columns: 80 });
    for (const row of settingRows.filter((each) => each.key !== undefined)) {
      expect(stdout).toContain(`$${toVariableName(row)}; key ${row.key}\n`);
    }
  });
});

describe('zxp help COMMAND', () => {
  test.each(COMMANDS)('%s says what zxp %s --help says', async (command) => {
    const text = await help('help', command);
    expect(text).toBe(await help(command, '--help'));
    expect(text).toMatch(new RegExp(`^Usage: zxp ${command} `, 'm'));
  });

  test.each(program.commands.map((command) => [command.name(), command] as const))(
    '%s opens with one line of what it is for, and two examples with flags that it has',
    async (name, command) => {
      const { stdout } = await runCommandLine(['help', name], { columns: 80 });
      const [purpose, blank, title, ...lines] = stdout.split('\n');
      expect(purpose?.length).toBeLessThanOrEqual(80);
      expect({ purpose, blank, title }).toEqual({ purpose: command.description(), blank: '', title: 'Examples:' });
      expect(lines[2]).toBe('');
      const flags = command.options.flatMap(({ short, long }) => [short, long]);
      for (const example of lines.slice(0, 2)) {
        expect(example).toMatch(new RegExp(`^ {2}(.*\\W)?zxp ${name}\\b`));
        for (const flag of example.match(/(?<= )--?[a-z][\w.-]*/g) ?? []) expect(flags).toContain(flag);
      }
    },
  );

  test('scrape has the flags of one scrape, and none of the daemon', async () => {
    const text = await help('help', 'scrape');
    for (const name of ['format', 'user', 'password-file', 'authorization-file', 'module', 'scrape.timeout']) {
      findFlag(text, name);
    }
    expect(text).not.toMatch(/--(\[no-\])?(web|log)\.|--upstream </);
  });

  test.each(['serve', 'config', 'check'])('%s has every flag of the daemon', async (command) => {
    const text = await help('help', command);
    for (const { name } of settingRows) findFlag(text, name);
  });

  test('of no command is an error', async () => {
    expect(await runCommandLine(['help', 'scrap'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'zxp: error: "scrap" is not a command\nzxp: hint: did you mean scrape?\n',
    });
  });
});
