import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { settingRows } from '../../src/config/settings.js';
import { createContext } from '../support/cli-context.js';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { casesForSystem, testWith } from '../support/programs.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const program = createProgram(createContext(), () => Promise.resolve());
const COMMANDS = program.commands.map((command) => command.name()).sort();
const FLAGS = settingRows.map((row) => `--${row.name}`);

const NAMES = `targets:
  - { name: north, url: 'http://north.example', module: stock }
  - { name: south, url: 'http://south.example', module: stock }
  - { name: "$(touch harm)", url: 'http://a.example', module: stock }
  - { name: "two words", url: 'http://b.example', module: stock }
modules: { stock: { metrics: [{ name: n, path: '{.n}' }] } }
auths: { team-a: { allow: ['http://a.example'], bearer_token: canary } }
`;

const scripts: Record<string, string> = {};
/** Holds what zsh finds out about its own functions once. */
const scratch = makeTemporaryFolder();
afterAll(() => scratch.close());

beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { exitCode, stdout, stderr } = await runCommandLine(['completion', shell]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    scripts[shell] = stdout;
  }
});

/** What a shell offers for a line that ends where the cursor is. */
type Complete = (line: string) => Promise<readonly string[]>;

/** The built program, as `zxp` on the path: the scripts ask it for names. */
const PATH = `${fileURLToPath(new URL('../../bin', import.meta.url))}:${process.env.PATH}`;

/** A folder with two files and the script. */
function prepare(shell: string): { readonly folder: TemporaryFolder; readonly script: string } {
  const folder = forThisTest(makeTemporaryFolder());
  folder.write('one.yml', NAMES);
  folder.write('two words.json', '');
  const script = forThisTest(makeTemporaryFolder()).write(`_zxp.${shell}`, scripts[shell] ?? '');
  return { folder, script };
}

/** bash itself: the words that its own splitting makes of the line, then the function that the script registers. */
function completeWithBash(): Complete {
  const { folder, script } = prepare('bash');
  const driver = `
    source "$1" || exit 1
    read -r -a COMP_WORDS <<< "\${2//=/ = }"
    [[ $2 == *' ' || $2 == *= ]] && COMP_WORDS+=('')
    [[ $2 == *= ]] && unset 'COMP_WORDS[-1]'
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=\${#2}
    function=$(complete -p zxp) && function=\${function#*-F } && function=\${function%% *}
    $function zxp "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return async (line) => {
    const { stdout } = await run('bash', ['--norc', '-c', driver, 'bash', script, line], {
      cwd: folder.path,
      env: { ...process.env, PATH },
    });
    return toSortedLines(stdout);
  };
}

function completeWithFish(): Complete {
  const { folder, script } = prepare('fish');
  return async (line) => {
    const argv = ['--no-config', '-c', 'source $argv[1]; complete --do-complete=$argv[2]', script, line];
    const { stdout } = await run('fish', argv, { cwd: folder.path, env: { ...process.env, PATH, HOME: folder.path } });
    return toSortedLines(stdout.replace(/\t.*$/gm, ''));
  };
}

/** zsh at a terminal of its own, where a Tab is pressed and what would be offered is printed between two marks. */
function completeWithZsh(): Complete {
  const { folder, script } = prepare('zsh');
  const inner = `
    PROMPT= RPROMPT=
    autoload -Uz compinit && compinit -C -d ${JSON.stringify(join(scratch.path, 'zcompdump'))}
    source ${JSON.stringify(script)}
    compadd() {
      # Those that only ask what would match keep their own way.
      if [[ " \${(j: :)@} " == *\\ -[OAD]\\ * ]]; then builtin compadd "$@"; return; fi
      local -a hits
      builtin compadd -O hits "$@"
      (( $#hits )) && print -rl -- "hit:"\${^hits}
      return 1
    }
    finish() { print -r -- END-OF-HITS; exit }
    compprefuncs=() comppostfuncs=(finish)
    bindkey '^I' complete-word
    zstyle ':completion:*' completer _complete
    print -r -- READY`;
  const driver = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z "source $1"
    zpty -r z reply '*READY*' || exit 1
    zpty -w -n z "$2"$'\\t'
    zpty -r z reply '*END-OF-HITS*'
    print -r -- "$reply"`;
  const rc = forThisTest(makeTemporaryFolder()).write('rc.zsh', inner);
  return async (line) => {
    const zsh = spawn('zsh', ['-f', '-c', driver, 'zsh', rc, line], {
      cwd: folder.path,
      env: { ...process.env, PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    forThisTest({ close: () => void zsh.kill('SIGKILL') });
    let said = '';
    zsh.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(zsh, 'close');
    const hits = said.split(/\r?\n/).flatMap((each) => /hit:(.*)$/.exec(each)?.[1] ?? []);
    return [...new Set(hits)].map((each) => each.replaceAll('\\ ', ' ')).sort();
  };
}

function toSortedLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

const shells = { bash: completeWithBash, zsh: completeWithZsh, fish: completeWithFish };

describe.each(casesForSystem(Object.entries(shells)))('in %s', (shell, start) => {
  testWith(shell, 'the script has every flag, and is free of errors', async () => {
    const script = scripts[shell] ?? '';
    for (const { name } of settingRows) expect(script).toContain(shell === 'fish' ? ` -l ${name} ` : `--${name}`);
    const { script: path } = prepare(shell);
    expect(await run(shell, ['-n', path])).toMatchObject({ stdout: '', stderr: '' });
  });

  testWith(shell, 'the first word is a command, by its beginning', async () => {
    const complete = start();
    expect(await complete('zxp ')).toEqual(COMMANDS);
    expect(await complete('zxp co')).toEqual(['completion', 'config']);
  });

  testWith(shell, 'a dash offers every flag of the daemon, without a command and with one', async () => {
    const complete = start();
    for (const line of ['zxp --', 'zxp serve --', 'zxp --log.level debug --', 'zxp check --']) {
      const isGiven = (flag: string) => line.includes(flag);
      const offered = (await complete(line)).map((each) => each.replace(/=$/, ''));
      expect(offered, line).toEqual(expect.arrayContaining(FLAGS.filter((flag) => !isGiven(flag))));
    }
    const offered = (await complete('zxp --web.m')).map((each) => each.replace(/=$/, ''));
    expect(offered).toEqual(['--web.max-connections', '--web.max-requests']);
  });

  testWith(shell, 'a command offers its own flags only', async () => {
    const complete = start();
    const ofScrape = (await complete('zxp scrape --')).map((each) => each.replace(/=$/, ''));
    expect(ofScrape).toEqual(expect.arrayContaining(['--format', '--user', '--password-file', '--module']));
    expect(ofScrape.filter((flag) => /^--(web|log)\./.test(flag))).toEqual([]);
    expect(await complete('zxp demo --o')).toEqual(['--once']);
  });

  testWith(shell, 'a setting with few words offers them', async () => {
    const complete = start();
    expect(await complete('zxp --log.level ')).toEqual(['debug', 'error', 'info', 'warn']);
    expect(await complete('zxp check --format ')).toEqual(['json', 'text']);
    expect(await complete('zxp serve --log.format j')).toEqual(['json']);
    expect(await complete('zxp scrape --format ')).toEqual([
      'json',
      'openmetrics',
      'openmetrics2',
      'protobuf',
      'table',
      'text',
    ]);
    const afterEquals = (await complete('zxp --log.level=')).map((each) => each.replace(/^--log\.level=/, ''));
    expect(afterEquals).toEqual(['debug', 'error', 'info', 'warn']);
  });

  testWith(
    shell,
    'a setting that is a path, and the argument of a command, offer files, with blanks in their names too',
    async () => {
      const complete = start();
      for (const line of [
        'zxp --config.file ',
        'zxp check ',
        'zxp config ',
        'zxp scrape ',
        'zxp serve --log.output ',
      ]) {
        expect(await complete(line), line).toEqual(['one.yml', 'two words.json']);
      }
    },
  );

  testWith(shell, 'targets and modules are those of the config file on the line', async () => {
    const complete = start();
    expect(await complete('zxp doctor --config.file one.yml ')).toEqual(['north', 'south']);
    expect(await complete('zxp doctor --config.file=one.yml s')).toEqual(['south']);
    expect(await complete('zxp scrape --config.file one.yml n')).toEqual(['north']);
    const files = ['one.yml', 'two words.json'];
    expect(await complete('zxp scrape --config.file one.yml ')).toEqual(['north', ...files, 'south'].sort());
    expect(await complete('zxp --config.file one.yml --module s')).toEqual(['stock']);
    expect(await complete('zxp scrape --module z')).toEqual(['zot']);
    expect(await complete('zxp scrape --config.file one.yml --auth ')).toEqual(['team-a']);
    expect(await complete('zxp doctor --config.file none.yml ')).toEqual([]);
  });

  testWith(shell, 'completion and help offer their words', async () => {
    const complete = start();
    expect(await complete('zxp completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(await complete('zxp help ')).toEqual(COMMANDS);
    expect(await complete('zxp modules ')).toEqual(['show']);
    expect(await complete('zxp modules show preset/v')).toEqual(['preset/vault-health']);
    expect(await complete('zxp modules show f')).toEqual(['flatten']);
  });

  testWith(shell, 'a value that only the user knows offers nothing', async () => {
    const complete = start();
    expect(await complete('zxp --web.listen-address ')).toEqual([]);
    expect(await complete('zxp demo o')).toEqual([]);
  });
});

test('the three scripts know the same commands', () => {
  for (const script of Object.values(scripts)) {
    for (const command of COMMANDS) expect(script).toContain(command);
  }
});

describe('names for completion', () => {
  const complete = (...words: readonly string[]) => runCommandLine(['__complete', ...words]);

  test('are those of the config file on the line that every shell takes as they are', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const file = folder.write('one.yml', NAMES);
    const all = 'north\nsouth\n';
    for (const line of [['--config.file', file], [`--config.file=${file}`], ['--config.file', '=', file, 'x', '-']]) {
      expect(await complete('targets', 'scrape', ...line)).toEqual({ exitCode: 0, stdout: all, stderr: '' });
    }
    const { stdout } = await complete('modules', '--config.file', file);
    expect(stdout.split('\n').slice(0, 4)).toEqual(['stock', 'flatten', 'zot', 'preset/consul-checks']);
    expect(await complete('auths', '--config.file', file)).toMatchObject({ exitCode: 0, stdout: 'team-a\n' });
    const environment = { HOME: folder.path };
    expect(
      await runCommandLine(['__complete', 'targets', '--config.file', '~/one.yml'], { environment }),
    ).toMatchObject({
      stdout: all,
    });
    const byVariable = { ZXP_CONFIG_FILE: file };
    expect(await runCommandLine(['__complete', 'targets'], { environment: byVariable })).toMatchObject({ stdout: all });
  });

  test('are as many as can be read of a broken file, and none without one', async () => {
    const folder = forThisTest(makeTemporaryFolder());
    const broken = folder.write('broken.yml', NAMES.replace('modules:', 'surplus: 1\nmodules:'));
    expect(await complete('targets', '--config.file', broken)).toMatchObject({ exitCode: 0, stderr: '' });
    for (const line of [['--config.file', '/nowhere.yml'], ['--config.file', folder.path], ['--config.file'], []]) {
      expect(await complete('targets', ...line)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }
  });
});
