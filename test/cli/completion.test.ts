import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingRows } from '../../src/config/settings.js';
import { runCommandLine } from '../support/command-line.js';
import { forThisTest } from '../support/for-this-test.js';
import { casesForSystem, testWith } from '../support/programs.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const run = promisify(execFile);
const COMMANDS = [
  'agent',
  'check',
  'completion',
  'config',
  'demo',
  'hash-password',
  'health',
  'help',
  'scrape',
  'serve',
];
const FLAGS = settingRows.map((row) => `--${row.name}`);

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

/** A folder with two files and the script. */
function prepare(shell: string): { readonly folder: TemporaryFolder; readonly script: string } {
  const folder = forThisTest(makeTemporaryFolder());
  folder.write('one.yml', '');
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
    const { stdout } = await run('bash', ['--norc', '-c', driver, 'bash', script, line], { cwd: folder.path });
    return toSortedLines(stdout);
  };
}

function completeWithFish(): Complete {
  const { folder, script } = prepare('fish');
  return async (line) => {
    const argv = ['--no-config', '-c', 'source $argv[1]; complete --do-complete=$argv[2]', script, line];
    const { stdout } = await run('fish', argv, { cwd: folder.path, env: { ...process.env, HOME: folder.path } });
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
    expect(await complete('zxp serve --log.format j')).toEqual(['json']);
    expect(await complete('zxp scrape --format ')).toEqual(['json', 'openmetrics', 'openmetrics2', 'protobuf', 'text']);
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

  testWith(shell, 'completion and help offer their words', async () => {
    const complete = start();
    expect(await complete('zxp completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(await complete('zxp help ')).toEqual(COMMANDS);
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
