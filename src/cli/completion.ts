import type { Command, Option } from 'commander';
import { settingRows } from '../config/settings.js';

export type Shell = 'bash' | 'zsh' | 'fish';

/** What can follow a flag: words of a list, a file, something of one's own, or nothing. */
interface Completion {
  readonly flag: string;
  readonly help: string;
  readonly value: 'none' | 'file' | 'free' | readonly string[];
}

/** A completion script for a shell, from the same table that the flags come from. */
export function renderCompletion(program: Command, shell: Shell): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    help: command.description(),
    flags: command.options.filter((option) => !option.hidden).map(toCompletion),
  }));
  const renderers = { bash: renderBash, zsh: renderZsh, fish: renderFish };
  return renderers[shell](commands);
}

interface CommandCompletion {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly Completion[];
}

function toCompletion(option: Option): Completion {
  const row = settingRows.find((each) => `--${each.name}` === option.long);
  const isFile = row?.kind.isPath === true || option.flags.includes('<FILE>');
  const words = row?.kind.words ?? option.argChoices;
  const value = !option.required ? 'none' : isFile ? 'file' : (words ?? 'free');
  return { flag: option.long ?? '', help: row?.help ?? option.description, value };
}

function renderBash(commands: readonly CommandCompletion[]): string {
  const allFlags = uniqueFlags(commands);
  const files = allFlags.filter((each) => each.value === 'file').map((each) => each.flag);
  const free = allFlags.filter((each) => each.value === 'free').map((each) => each.flag);
  const lists = allFlags.flatMap((each) =>
    Array.isArray(each.value)
      ? [`    ${each.flag}) COMPREPLY=($(compgen -W '${each.value.join(' ')}' -- "$current")); return ;;`]
      : [],
  );
  const cases = commands.map(
    (command) => `    ${command.name}) flags='${command.flags.map((each) => each.flag).join(' ')} --help' ;;`,
  );
  const names = commands.map((command) => command.name);
  const serveFlags = commands.find((command) => command.name === 'serve')?.flags.map((each) => each.flag) ?? [];
  return `# zxp completion for bash: source <(zxp completion bash)
_zxp() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} flags
  COMPREPLY=()
  case $previous in
    ${files.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${free.join('|')}) return ;;
${lists.join('\n')}
  esac
  case $command in
${cases.join('\n')}
    help) COMPREPLY=($(compgen -W '${names.join(' ')}' -- "$current")); return ;;
    *) flags='${serveFlags.join(' ')} --help --version' ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${[...names, 'help'].join(' ')}' -- "$current"))
  elif [[ $command == completion ]]; then
    COMPREPLY=($(compgen -W 'bash zsh fish' -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _zxp zxp
`;
}

function renderZsh(commands: readonly CommandCompletion[]): string {
  const list = commands.map((command) => `    ${quote(`${command.name}:${command.help}`)}`);
  const cases = commands.map((command) => {
    const specs = command.flags.map((each) => `        ${quote(zshSpec(each))} \\`);
    const rest = command.name === 'completion' ? "'1:shell:(bash zsh fish)'" : "'*:file:_files'";
    return `    ${command.name})\n      _arguments \\\n${[...specs, `        ${rest}`].join('\n')} ;;`;
  });
  const serve = commands.find((command) => command.name === 'serve')?.flags ?? [];
  return `#compdef zxp
# zxp completion for zsh: zxp completion zsh > "\${fpath[1]}/_zxp"
_zxp() {
  local -a commands
  commands=(
${list.join('\n')}
    'help:Show help for a command.'
  )
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    _describe 'command' commands
    return
  fi
  case $words[2] in
    -*)
      _arguments \\
${serve.map((each) => `        ${quote(zshSpec(each))} \\`).join('\n')}
        '--version[Show the version.]' ;;
    *)
      local command=$words[2]
      shift words
      (( CURRENT-- ))
      case $command in
${cases.join('\n').replace(/^/gm, '    ')}
      esac ;;
  esac
}
compdef _zxp zxp
`;
}

function zshSpec({ flag, help, value }: Completion): string {
  const text = help.replace(/[[\]:\\]/g, '\\$&');
  if (value === 'none') return `${flag}[${text}]`;
  if (value === 'file') return `${flag}=[${text}]:file:_files`;
  return value === 'free' ? `${flag}=[${text}]:value:` : `${flag}=[${text}]:value:(${value.join(' ')})`;
}

function renderFish(commands: readonly CommandCompletion[]): string {
  const names = commands.map((command) => command.name).join(' ');
  const lines = commands.flatMap((command) => {
    const isServe = command.name === 'serve';
    const others = names
      .split(' ')
      .filter((name) => name !== 'serve')
      .join(' ');
    const seen = isServe ? `not __fish_seen_subcommand_from ${others}` : `__fish_seen_subcommand_from ${command.name}`;
    return [
      `complete -c zxp -n __fish_use_subcommand -a ${command.name} -d ${quote(command.help)}`,
      ...command.flags.map((each) => `complete -c zxp -n ${quote(seen)} ${fishFlag(each)}`),
    ];
  });
  return `# zxp completion for fish: zxp completion fish | source
complete -c zxp -n __fish_use_subcommand -f
${lines.join('\n')}
complete -c zxp -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'
complete -c zxp -n __fish_use_subcommand -l version -d 'Show the version.'
complete -c zxp -l help -d 'Show help.'
`;
}

function fishFlag({ flag, help, value }: Completion): string {
  const base = `-l ${flag.slice(2)} -d ${quote(help)}`;
  if (value === 'none') return base;
  if (value === 'file') return `${base} -r -F`;
  return value === 'free' ? `${base} -x` : `${base} -x -a ${quote(value.join(' '))}`;
}

function uniqueFlags(commands: readonly CommandCompletion[]): readonly Completion[] {
  return [...new Map(commands.flatMap((command) => command.flags).map((each) => [each.flag, each])).values()];
}

/** Single quotes, which all three shells take alike but for a quote inside. */
function quote(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
