import type { Command, Option } from 'commander';
import { settingRows, settings } from '../config/settings.js';
import { tunnelSettingRows } from '../config/tunnel/settings.js';
import { COMPLETION_WORD } from './completion-word.js';

export type Shell = 'bash' | 'zsh' | 'fish';

/** What can stand somewhere: words of a list, names of the configuration, a file, something of one's own, or nothing. */
type Candidates = 'none' | 'file' | 'free' | 'modules' | 'auths' | 'targets' | 'targets-or-file' | readonly string[];

/** Names of the configuration that are values of flags. */
const nameKinds = ['modules', 'auths'] as const;

interface FlagCompletion {
  readonly flag: string;
  readonly help: string;
  readonly value: Candidates;
  readonly isRepeatable: boolean;
}

interface CommandCompletion {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly FlagCompletion[];
  readonly argument: Candidates;
  /** Words that may follow a first argument that is one of words. */
  readonly second: readonly string[];
}

/** A completion script for a shell, from the same table that the flags come from. */
export function renderCompletion(program: Command, shell: Shell): string {
  const names = program.commands.map((command) => command.name());
  const commands = program.commands.map((command) => ({
    name: command.name(),
    help: command.description(),
    flags: command.options.filter((option) => !option.hidden).map(toFlag),
    argument: command.name() === 'help' ? names : toArgument(command),
    second: command.registeredArguments[1]?.argChoices ?? [],
  }));
  const renderers = { bash: renderBash, zsh: renderZsh, fish: renderFish };
  return renderers[shell](commands);
}

function toFlag(option: Option): FlagCompletion {
  const row = [...settingRows, ...tunnelSettingRows].find((each) => `--${each.name}` === option.long);
  const isFile = row?.kind.isPath === true || option.flags.includes('<FILE>');
  const names = row === settings.module ? 'modules' : option.long === '--auth' ? 'auths' : 'free';
  const words = row?.kind.words ?? option.argChoices ?? names;
  const value = !option.required ? 'none' : isFile ? 'file' : words;
  const help = row?.help ?? option.description.replace(/\n.*/s, '');
  return { flag: option.long ?? '', help, value, isRepeatable: row?.repeatable ?? option.parseArg !== undefined };
}

function toArgument(command: Command): Candidates {
  const [argument] = command.registeredArguments;
  if (argument === undefined) return 'none';
  return argument.argChoices ?? candidatesOfArgument[argument.name()] ?? 'file';
}

const candidatesOfArgument: Readonly<Record<string, Candidates>> = {
  URL: 'free',
  TARGET: 'targets',
  SOURCE: 'targets-or-file',
};

function renderBash(commands: readonly CommandCompletion[]): string {
  const allFlags = uniqueFlags(commands);
  const files = allFlags.filter((each) => each.value === 'file').map((each) => each.flag);
  const free = allFlags.filter((each) => each.value === 'free').map((each) => each.flag);
  const ofNames = nameKinds.map((kind) => {
    const flags = allFlags.filter((each) => each.value === kind).map((each) => each.flag);
    return `    ${flags.join('|')}) _zxp_names ${kind}; return ;;`;
  });
  // Commands may have other words for the same flag.
  const lists = commands.flatMap(({ name, flags }) =>
    flags.flatMap(({ flag, value }) =>
      isWords(value)
        ? [`    ${name}' '${flag}) COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$current")); return ;;`]
        : [],
    ),
  );
  const cases = commands.map((command) => `    ${command.name}) ${bashCase(command)} ;;`);
  return `# zxp completion for bash: source <(zxp completion bash)
_zxp() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local flags= words= files= names=
  COMPREPLY=()
  # Of --flag=value, bash makes three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $previous in
    ${files.join('|')}) _zxp_files; return ;;
    ${free.join('|')}) return ;;
${ofNames.join('\n')}
  esac
  # Without a command, the flags are those of serve.
  case "\${command/#-*/serve} $previous" in
${lists.join('\n')}
  esac
  case $command in
${cases.join('\n')}
    *) flags='${serveFlags(commands).join(' ')} --version --help' ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${commands.map((command) => command.name).join(' ')}' -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    if [[ -n $files ]]; then _zxp_files; fi
    if [[ -n $names ]]; then _zxp_names targets; fi
  fi
}
_zxp_files() {
  local IFS=$'\\n'
  compopt -o filenames 2> /dev/null
  COMPREPLY=($(compgen -f -- "$current"))
}
# Names of targets, modules or auths, from the config file that the line names.
_zxp_names() {
  local name
  while IFS= read -r name; do
    if [[ $name == "$current"* ]]; then COMPREPLY+=("$name"); fi
  done < <("\${COMP_WORDS[0]}" ${COMPLETION_WORD} "$1" "\${COMP_WORDS[@]:1}" 2> /dev/null)
}
complete -F _zxp zxp
`;
}

function bashCase({ flags, argument, second }: CommandCompletion): string {
  const names = [...flags.map((each) => each.flag), '--help'].join(' ');
  if (isWords(argument) && second.length > 0) {
    const after = `[[ $previous == @(${argument.join('|')}) ]] && words='${second.join(' ')}'`;
    return `flags='${names}' words='${argument.join(' ')}'; ${after}`;
  }
  const words = isWords(argument) ? ` words='${argument.join(' ')}'` : '';
  return `flags='${names}'${words}${takesFiles(argument) ? ' files=yes' : ''}${takesTargets(argument) ? ' names=yes' : ''}`;
}

function renderZsh(commands: readonly CommandCompletion[]): string {
  const list = commands.map((command) => `    ${quote(`${command.name}:${command.help}`)}`);
  const serve = commands.find((command) => command.name === 'serve');
  return `#compdef zxp
# zxp completion for zsh: zxp completion zsh > "\${fpath[1]}/_zxp"
# Names of targets, modules or auths, from the config file that the line names.
_zxp_names() {
  local -a names
  names=(\${(f)"$("$zxp_line[1]" ${COMPLETION_WORD} $1 "\${(@)zxp_line[2,-1]}" 2> /dev/null)"})
  compadd -a names
}
_zxp_sources() {
  _zxp_names targets
  _files
}
_zxp() {
  local -a commands zxp_line
  zxp_line=("\${(Q)words[@]}")
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    _describe 'command' commands
    return
  fi
  case $words[2] in
    -*)
${zshArguments([...(serve?.flags.map(zshSpec) ?? []), '--version[Show the version.]'])} ;;
    *)
      local command=$words[2]
      shift words
      (( CURRENT-- ))
      case $command in
${commands.map(zshCase).join('\n')}
      esac ;;
  esac
}
# Called by its own name where it was loaded on first use.
if [[ \${funcstack[1]} == _zxp ]]; then
  _zxp "$@"
else
  compdef _zxp zxp
fi
`;
}

function zshCase({ name, flags, argument, second }: CommandCompletion): string {
  const rest = [...zshArgument(argument), ...(second.length === 0 ? [] : [`2:word:(${second.join(' ')})`])];
  return `      ${name})\n${zshArguments([...flags.map(zshSpec), ...rest])} ;;`;
}

function zshArgument(argument: Candidates): readonly string[] {
  if (isWords(argument)) return [`1:word:(${argument.join(' ')})`];
  if (argument === 'targets') return ['1:target:{_zxp_names targets}'];
  if (argument === 'targets-or-file') return ['1:source:_zxp_sources'];
  return argument === 'file' ? ['*:file:_files'] : [];
}

function zshArguments(specs: readonly string[]): string {
  const all = [...specs, '--help[Show help.]'].map((spec) => `          ${quote(spec)}`);
  return `        _arguments \\\n${all.join(' \\\n')}`;
}

function zshSpec({ flag, help, value, isRepeatable }: FlagCompletion): string {
  const text = help.replace(/[[\]:\\]/g, '\\$&');
  if (value === 'none') return `${flag}[${text}]`;
  const start = `${isRepeatable ? '*' : ''}${flag}=[${text}]`;
  if (isWords(value)) return `${start}:value:(${value.join(' ')})`;
  if (isNameKind(value)) return `${start}:name:{_zxp_names ${value}}`;
  return value === 'file' ? `${start}:file:_files` : `${start}:value:`;
}

function renderFish(commands: readonly CommandCompletion[]): string {
  const names = commands.map((command) => command.name);
  return `# zxp completion for fish: zxp completion fish | source
# Names of targets, modules or auths, from the config file that the line names.
function __zxp_names
  set -l line (commandline -opc)
  $line[1] ${COMPLETION_WORD} $argv[1] $line[2..] 2> /dev/null
end
complete -c zxp -n __fish_use_subcommand -f
${commands.flatMap((command) => fishCommand(command, names)).join('\n')}
complete -c zxp -n __fish_use_subcommand -s V -l version -d 'Show the version.'
complete -c zxp -l help -d 'Show help.'
`;
}

function fishCommand(
  { name, help, flags, argument, second }: CommandCompletion,
  names: readonly string[],
): readonly string[] {
  // Without a command, the flags are those of serve.
  const others = names.filter((each) => each !== 'serve').join(' ');
  const seen = name === 'serve' ? `not __fish_seen_subcommand_from ${others}` : `__fish_seen_subcommand_from ${name}`;
  const start = `complete -c zxp -n ${quote(seen)}`;
  const words = isWords(argument) ? ` -a ${quote(argument.join(' '))}` : '';
  const targets = takesTargets(argument) ? [`${start} -a ${quote('(__zxp_names targets)')}`] : [];
  return [
    `complete -c zxp -n __fish_use_subcommand -a ${name} -d ${quote(help)}`,
    ...(takesFiles(argument) ? [] : [`${start} -f${words}`]),
    ...targets,
    ...(isWords(argument) && second.length > 0
      ? [
          `complete -c zxp -n ${quote(`${seen}; and __fish_seen_subcommand_from ${argument.join(' ')}`)} -a ${quote(second.join(' '))}`,
        ]
      : []),
    ...flags.map((each) => `${start} ${fishFlag(each)}`),
  ];
}

function fishFlag({ flag, help, value }: FlagCompletion): string {
  const base = `-l ${flag.slice(2)} -d ${quote(help)}`;
  if (value === 'none') return base;
  if (value === 'file') return `${base} -r -F`;
  if (isNameKind(value)) return `${base} -x -a ${quote(`(__zxp_names ${value})`)}`;
  return isWords(value) ? `${base} -x -a ${quote(value.join(' '))}` : `${base} -x`;
}

function serveFlags(commands: readonly CommandCompletion[]): readonly string[] {
  return commands.find((command) => command.name === 'serve')?.flags.map((each) => each.flag) ?? [];
}

function uniqueFlags(commands: readonly CommandCompletion[]): readonly FlagCompletion[] {
  return [...new Map(commands.flatMap((command) => command.flags).map((each) => [each.flag, each])).values()];
}

function takesFiles(argument: Candidates): boolean {
  return argument === 'file' || argument === 'targets-or-file';
}

function takesTargets(argument: Candidates): boolean {
  return argument === 'targets' || argument === 'targets-or-file';
}

function isNameKind(value: Candidates): value is (typeof nameKinds)[number] {
  return nameKinds.some((kind) => kind === value);
}

function isWords(candidates: Candidates): candidates is readonly string[] {
  return Array.isArray(candidates);
}

/** Single quotes, which all three shells take alike but for a quote inside. */
function quote(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
